import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { generateHostIdentity } from "../lib/x509.ts";
import type { TokensAnswer, TokenView } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { Problem } from "../wire/errors.ts";
import type { HostDetail } from "../wire/hosts.ts";
import type { JoinAnswer } from "../wire/join.ts";
import { ask, demand, joinBody, planeKey, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
});
after(() => control.close());

const identity = await generateHostIdentity();
const codeOf = async (body: object) => (await refused(control.stranger, "join", { body })).code;
const host = (name: string) => demand<HostDetail>(control.local, "hostGet", { path: { name } });

test("a host joins: a certificate in its name, the network, where control is, and the addresses that apply gave", async () => {
  const { ipv4 } = await host("api-1");
  assert.notEqual(ipv4, "");
  const { secret } = await control.token({ tags: ["extra"], host: "api-1" });
  const answer = await demand<JoinAnswer>(control.stranger, "join", { body: joinBody(secret, "api-1", identity) });
  assert.equal(answer.network, "acme");
  assert.deepEqual(answer.controlUrls, control.running.controlUrls);
  assert.equal(new X509Certificate(answer.certificate).subject, "CN=api-1");
  const joined = await host("api-1");
  assert.deepEqual([joined.joined, joined.ipv4, joined.identity], [true, ipv4, identity.fingerprint]);
  assert.deepEqual(joined.tags, ["api", "extra"]);
});

test("two hundred redemptions of one token at once: exactly one succeeds, all others are told that it was used", async () => {
  const { secret, id } = await control.token();
  const attempts = Array.from({ length: 200 }, (_, i) =>
    ask(control.stranger, "join", { body: joinBody(secret, `runner-${i}`, identity) }),
  );
  const replies = await Promise.all(attempts);
  const codes = replies.map(({ status, body }) => (status === 200 ? "joined" : (JSON.parse(body) as Problem).code));
  assert.equal(codes.filter((code) => code === "joined").length, 1);
  assert.equal(codes.filter((code) => code === "tokenUsed").length, 199);
  const { tokens } = await demand<TokensAnswer>(control.local, "tokensList");
  const winner = `runner-${codes.indexOf("joined")}`;
  assert.equal(tokens.find((token: TokenView) => token.id === id)?.usedBy, winner);
  const { entries } = await demand<AuditAnswer>(control.local, "audit", { query: { limit: "500" } });
  const joins = entries.filter(({ action, author }) => action === "host.join" && author === `token:${id}`);
  assert.deepEqual(
    joins.map(({ subject }) => subject),
    [winner],
  );
});

test("a used, an expired, an unknown token and one of another authority are told apart", async () => {
  const used = await control.token();
  await demand(control.stranger, "join", { body: joinBody(used.secret, "once-1", identity) });
  assert.equal(await codeOf(joinBody(used.secret, "once-2", identity)), "tokenUsed");

  const expired = await control.token({ expiresInMs: 60_000 });
  control.pass(60_000);
  assert.equal(await codeOf(joinBody(expired.secret, "once-2", identity)), "tokenExpired");

  assert.equal(await codeOf(joinBody("x".repeat(43), "once-2", identity)), "tokenInvalid");

  const { secret, ca } = await control.token();
  assert.equal(ca.length, 64);
  assert.equal(await codeOf({ ...joinBody(secret, "once-2", identity), ca: "0".repeat(64) }), "wrongAuthority");
  await demand(control.stranger, "join", { body: { ...joinBody(secret, "once-2", identity), ca } });
});

test("a token for one host is for no other", async () => {
  const { secret } = await control.token({ host: "db-1" });
  const problem = await refused(control.stranger, "join", { body: joinBody(secret, "mallory", identity) });
  assert.equal(problem.code, "forbidden");
  assert.match(problem.detail, /named db-1/);
  await demand(control.stranger, "join", { body: joinBody(secret, "db-1", identity) });
});

test("a name that has joined is taken, and the token of who asked for it is not used up", async () => {
  await control.join("taken");
  const { secret } = await control.token();
  assert.equal(await codeOf(joinBody(secret, "taken", identity)), "hostNameTaken");
  await demand(control.stranger, "join", { body: joinBody(secret, "free", identity) });
});

test("a member is replaced once its certificate has ended, by a token for it that was made after that and no older one", async () => {
  await control.apply(`${smallFile}join: { credential: 10m }\n`);
  await control.join("absent");
  const early = await control.token({ host: "absent" });
  assert.equal(await codeOf(joinBody(early.secret, "absent", identity)), "hostNameTaken");
  control.pass(700_000);
  const problem = await refused(control.stranger, "join", { body: joinBody(early.secret, "absent", identity) });
  assert.equal(problem.code, "hostNameTaken");
  assert.match(problem.detail, /this token was made before the certificate of absent ended/);
  assert.match(problem.hint!, /portway token create --host absent/);
  assert.notEqual((await host("absent")).identity, identity.fingerprint);
  const anybody = await control.token();
  assert.equal(await codeOf(joinBody(anybody.secret, "absent", identity)), "hostNameTaken");
  const { secret } = await control.token({ host: "absent" });
  await demand(control.stranger, "join", { body: joinBody(secret, "absent", identity) });
  assert.equal((await host("absent")).identity, identity.fingerprint);
  await control.apply(smallFile);
});

test("a request that proves no key, a name that is none and keys that are none leave the token unused", async () => {
  const { secret } = await control.token();
  const good = joinBody(secret, "careful", identity);
  const bad: object[] = [
    { csr: "nonsense" },
    { csr: identity.csrPem.replace(/.{4}\n-----END/s, "AAAA\n-----END") },
    { name: "Upper" },
    { name: "a.b" },
    { name: "all" },
    { name: "internet" },
    { name: "" },
    { keys: [{ plane: "pw0", publicKey: "short", generation: 1 }] },
    { keys: [{ plane: "eth0", publicKey: good.keys[0]!.publicKey, generation: 1 }] },
    { keys: [good.keys[0], good.keys[0]] },
    { keys: [good.keys[0], { ...good.keys[1], publicKey: good.keys[0]!.publicKey }] },
    { capability: 0 },
  ];
  for (const change of bad)
    assert.equal(await codeOf({ ...good, ...change }), "invalidRequest", JSON.stringify(change));
  await demand(control.stranger, "join", { body: good });
});

test("a WireGuard key of a member is nobody else's, on no plane, and the token of who brought it is not used up", async () => {
  await control.join("original");
  const { secret } = await control.token();
  const body = joinBody(secret, "copy", identity);
  const [own, , last] = body.keys;
  const copied = { ...own!, publicKey: planeKey("original", "pwr") };
  const problem = await refused(control.stranger, "join", { body: { ...body, keys: [copied, last] } });
  assert.deepEqual([problem.code, problem.status], ["publicKeyTaken", 409]);
  assert.equal(problem.detail, "original has the WireGuard key that copy brings for pw0");
  assert.match(problem.hint!, /portway leave.*portway hosts remove original/);
  await demand(control.stranger, "join", { body });
});

test("of hosts that join with one key at once exactly one gets in", async () => {
  const tokens = await Promise.all(Array.from({ length: 8 }, () => control.token()));
  const { keys } = joinBody("", "twin", identity);
  const replies = await Promise.all(
    tokens.map(({ secret }, i) =>
      ask(control.stranger, "join", { body: { ...joinBody(secret, `twin-${i}`, identity), keys } }),
    ),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, ...Array.from({ length: 7 }, () => 409)]);
});

test("a host that was removed may join anew with its keys, under any name", async () => {
  await control.join("moves");
  await demand(control.local, "hostRemove", { path: { name: "moves" } });
  const { keys } = joinBody("", "moves", identity);
  const first = await control.token();
  await demand(control.stranger, "join", { body: { ...joinBody(first.secret, "moved", identity), keys } });
  const { secret } = await control.token();
  assert.equal(await codeOf(joinBody(secret, "moves", identity)), "publicKeyTaken");
});

test("a host that was removed gets its addresses again when it joins anew", async () => {
  await control.join("comes-back");
  const { ipv4, ipv6 } = await host("comes-back");
  await demand(control.local, "hostRemove", { path: { name: "comes-back" } });
  await control.join("other-1");
  await control.join("comes-back");
  const again = await host("comes-back");
  assert.deepEqual([again.ipv4, again.ipv6], [ipv4, ipv6]);
});

test("hosts that join at once get an address each", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
  await Promise.all(names.map((name) => control.join(name)));
  const views = await Promise.all(names.map(host));
  assert.equal(new Set(views.map(({ ipv4 }) => ipv4)).size, names.length);
});

test("without a file there is no network to join", async () => {
  const empty = await startTestControl();
  try {
    const { secret } = await empty.token();
    const problem = await refused(empty.stranger, "join", { body: joinBody(secret, "api-1", identity) });
    assert.match(problem.detail, /no file yet/);
  } finally {
    await empty.close();
  }
});

test("a machine whose own network lies in the network's range is refused, by name, and its token stays good", async () => {
  const { secret } = await control.token();
  const body = (...networks: readonly object[]) => ({ ...joinBody(secret, "crowded-1", identity), networks });
  const docker = { prefix: "10.77.1.0/24", link: "docker0" };
  const refusal = await refused(control.stranger, "join", {
    body: body({ prefix: "192.0.2.0/24", link: "eth0" }, docker),
  });
  assert.equal(refusal.code, "rangeOverlap");
  assert.match(
    refusal.detail,
    /crowded-1 has a network of its own, 10\.77\.1\.0\/24 \(docker0\), within 10\.77\.0\.0\/16/,
  );
  for (const odd of ["10.77.1.5/24", "10.77.1.5", "everything", "10.77.0.0/33"])
    assert.equal(await codeOf(body({ prefix: odd, link: "eth0" })), "invalidRequest");
  const around = { prefix: "10.0.0.0/8", link: "eth0" }; // what lies in both is lost to it, and the rest is not
  await demand(control.stranger, "join", { body: body(around) });
});
