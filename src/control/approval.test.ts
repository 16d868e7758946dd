import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Door } from "../lib/http.ts";
import { generateHostIdentity } from "../lib/x509.ts";
import type { StatusAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { HostDetail } from "../wire/hosts.ts";
import type { JoinAnswer } from "../wire/join.ts";
import type { StreamMessage } from "../wire/stream.ts";
import { demand, joinBody, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";
import { type HostRecord, hostKey } from "./keys.ts";

const file = `${smallFile}join: { approve: true }\n`;

suite("where hosts are approved", () => {
  let control: TestControl;
  before(async () => {
    control = await startTestControl();
    await control.apply(file);
  });
  after(() => control.close());

  const host = (name: string) => demand<HostDetail>(control.local, "hostGet", { path: { name } });
  const change = (route: "hostApprove" | "hostReject" | "hostRemove", name: string) =>
    demand(control.local, route, { path: { name } });
  const warnings = async () => (await demand<StatusAnswer>(control.local, "status")).warnings;
  const messages = async (door: Door) => {
    const lines = await openStream(door, "mesh", "0".repeat(64));
    const each = lines.lines[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await each.next()).value as string) as StreamMessage;
    return { next, close: lines.close };
  };

  test("a host that joins waits: it is told so, it is nobody's peer, and the status says what to do", async () => {
    const door = await control.join("api-1", { tags: ["api"] });
    const { joined, waitingSince, ipv4 } = await host("api-1");
    assert.deepEqual([joined, waitingSince !== undefined, ipv4 !== ""], [false, true, true]);
    const { hint } = (await warnings()).find(({ code, subject }) => code === "hostWaiting" && subject === "api-1")!;
    assert.match(hint, /portway approve api-1.*portway reject api-1/);

    const told = await messages(door);
    assert.equal((await told.next()).type, "hello");
    assert.equal((await told.next()).type, "waiting");
    await change("hostApprove", "api-1");
    const delta = await told.next();
    assert.ok(delta.type === "delta" && delta.upserts["host"]?.includes(ipv4), JSON.stringify(delta));
    told.close();
    assert.equal((await host("api-1")).joined, true);
  });

  test("join says that the host waits, and burns the token", async () => {
    const { secret } = await control.token();
    const body = joinBody(secret, "api-2", await generateHostIdentity());
    assert.equal((await demand<JoinAnswer>(control.stranger, "join", { body })).waiting, true);
    assert.equal((await refused(control.stranger, "join", { body })).code, "tokenUsed");
    const { code, hint } = await refused(control.stranger, "join", {
      body: { ...body, secret: (await control.token()).secret },
    });
    assert.deepEqual([code, hint?.includes("portway reject api-2")], ["hostNameTaken", true]);
  });

  test("a host that is turned away is told, and its name is free again", async () => {
    const door = await control.join("stranger");
    const told = await messages(door);
    assert.deepEqual([(await told.next()).type, (await told.next()).type], ["hello", "waiting"]);
    await change("hostReject", "stranger");
    assert.equal((await told.next()).type, "removed");
    assert.equal((await refused(door, "selfLeave", { body: {} })).code, "hostRemoved");
    assert.equal((await refused(control.local, "hostGet", { path: { name: "stranger" } })).code, "notFound");
    await control.join("stranger");
    await change("hostReject", "stranger");
  });

  test("a host that leaves before it is approved waits no more", async () => {
    const door = await control.join("db-1");
    const { ipv4 } = await host("db-1");
    await demand(door, "selfLeave", { body: {} });
    const after = await host("db-1");
    assert.deepEqual([after.waitingSince, after.ipv4], [undefined, ipv4]);
  });

  test("one that comes back gets its address again, and other files change nothing of who waits", async () => {
    await control.join("laptop");
    await change("hostApprove", "laptop");
    const { ipv4 } = await host("laptop");
    await change("hostRemove", "laptop");
    await control.join("laptop");
    await control.apply(`${file}# another\n`);
    assert.equal((await host("laptop")).waitingSince !== undefined, true);
    await change("hostApprove", "laptop");
    assert.deepEqual([(await host("laptop")).joined, (await host("laptop")).ipv4], [true, ipv4]);
  });

  test("the address of a member that asks again rests, also when it is turned away", async () => {
    await control.apply(file.replace("approve: true", "approve: true, credential: 10m"));
    await control.join("roamer");
    await change("hostApprove", "roamer");
    const { ipv4 } = await host("roamer");
    control.pass(700_000);
    await control.join("roamer", { host: "roamer" });
    await control.apply(file);
    await change("hostReject", "roamer");
    await control.join("newcomer");
    assert.notEqual((await host("newcomer")).ipv4, ipv4);
    const written = await control.registry.get(hostKey("roamer"));
    const { removedAt, ...rest } = JSON.parse(written!.value) as HostRecord;
    assert.deepEqual([rest.ipv4, removedAt !== undefined, rest.applicant], [ipv4, true, undefined]);
    await change("hostReject", "newcomer");
  });

  test("nobody can be approved or turned away twice, and hosts cannot approve", async () => {
    const door = await control.join("edge-1");
    await change("hostApprove", "edge-1");
    assert.match((await refused(control.local, "hostApprove", { path: { name: "edge-1" } })).detail, /joined already/);
    assert.equal((await refused(control.local, "hostReject", { path: { name: "nobody" } })).code, "notFound");
    assert.equal((await refused(door, "hostApprove", { path: { name: "edge-1" } })).code, "forbidden");
  });

  test("who asked, who let in and who turned away is in the audit chain", async () => {
    const { entries } = await demand<AuditAnswer>(control.local, "audit", { query: { limit: "200" } });
    const of = (subject: string) => entries.filter((entry) => entry.subject === subject).map(({ action }) => action);
    assert.deepEqual(of("api-1"), ["host.approve", "host.ask"]);
    assert.deepEqual(of("stranger"), ["host.reject", "host.ask", "host.reject", "host.ask"]);
    assert.deepEqual(of("db-1"), ["host.leave", "host.ask"]);
  });
});

suite("the tags of a token", () => {
  let control: TestControl;
  before(async () => {
    control = await startTestControl();
    await control.apply(smallFile);
  });
  after(() => control.close());

  test("are all that a host can get by it, whatever it says and whichever name it takes", async () => {
    const { secret } = await control.token({ tags: ["runner"] });
    const body = { ...joinBody(secret, "ci-1", await generateHostIdentity()), tags: ["db"], roles: ["edge"] };
    for (const [name, others] of [
      ["db-1", "db"],
      ["edge-1", "role:edge, role:relay"],
    ] as const) {
      const { code, detail } = await refused(control.stranger, "join", { body: { ...body, name } });
      assert.deepEqual([code, detail.includes(`the file gives ${name} ${others} too`)], ["forbidden", true]);
    }
    await demand(control.stranger, "join", { body });
    const { tags, roles } = await demand<HostDetail>(control.local, "hostGet", { path: { name: "ci-1" } });
    assert.deepEqual([tags, roles], [["runner"], []]);
  });

  test("let a host of the file in that has no others", async () => {
    await control.join("api-1", { tags: ["api", "eu"] });
    const { tags } = await demand<HostDetail>(control.local, "hostGet", { path: { name: "api-1" } });
    assert.deepEqual(tags, ["api", "eu"]);
  });
});
