// No push can empty a host: what an edge's agent holds back, what a person is told of it, and how it goes on.
//
//   internet ── edge-1 (control, agent), which has api-1 … api-4 as peers; those are joined, and nothing of them runs
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { StatusAnswer } from "../../src/wire/api.ts";
import type { HostDetail, HostsAnswer } from "../../src/wire/hosts.ts";
import type { Plan } from "../../src/wire/plan.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrolWith } from "./enrol.ts";

const apis = ["api-1", "api-2", "api-3", "api-4"];
const fileWith = (to: string) => `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge], endpoint: edge.example.com:51820 }
${apis.map((name) => `  ${name}: { tags: [api] }\n`).join("")}access:
  - { from: [role:edge], to: [${to}], allow: [tcp/8080] }
`;
const path = "/run/root/portway.yaml";

suite("a push that would take most peers from an edge", { ...needsRoot, timeout: 180_000 }, () => {
  let lab: Lab;
  let edge: Host;
  const keys = new Map<string, string>();

  const portway = (...words: string[]) => edge.run(["portway", ...words], { check: false, timeoutMs: 30_000 });
  const json = async <T>(...words: string[]) => JSON.parse((await portway("--json", ...words)).stdout) as T;
  /** Names of the peers that WireGuard has. */
  const peers = async () => {
    const { stdout } = await edge.run(["wg", "show", "pw0", "peers"], { check: false });
    return stdout
      .trim()
      .split("\n")
      .map((key) => keys.get(key) ?? key)
      .sort();
  };
  const hasPeers = (...names: string[]) =>
    waitFor(async () => (await peers()).join() === names.join(), { what: `peers ${names}`, timeoutMs: 20_000 });
  const held = async () => (await json<HostDetail>("hosts", "show", "edge-1")).agent?.held;
  const warned = async () => (await json<StatusAnswer>("status")).warnings.find(({ code }) => code === "removalsHeld");

  before(async () => {
    lab = createLab();
    edge = await lab.host("edge-1", { on: await lab.internet(), names: ["edge.example.com"] });
    edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
    await waitFor(() => json("hosts"), { what: "control to answer" });
    await edge.writeFile(path, fileWith("tag:api"));
    assert.equal((await portway("apply", "--yes", path)).code, 0);
    await enrolWith(edge, edge, apis);
    for (const { name, keys: planes } of (await json<HostsAnswer>("hosts")).hosts)
      for (const { publicKey } of planes) keys.set(publicKey, name);
    edge.start(["portway", "agent"]);
    await hasPeers(...apis);
    await edge.writeFile(path, fileWith("api-1"));
  });
  after(() => lab?.close());

  test("as an emptied list of rules would take all, is held, and over once the file is right again", async () => {
    const empty = "/run/root/empty.yaml";
    await edge.writeFile(empty, fileWith("tag:api").replace(/access:\n.*\n/, "access: []\n"));
    assert.match((await portway("plan", empty)).stdout, /edge-1.* 4 of .*4 peers/);
    assert.equal((await portway("apply", "--yes", empty)).code, 0);
    assert.equal((await waitFor(held, { what: "edge-1 to hold the removals" })).peers.length, 4);
    assert.deepEqual(await peers(), apis);
    await edge.writeFile("/run/root/whole.yaml", fileWith("tag:api"));
    assert.equal((await portway("apply", "--yes", "/run/root/whole.yaml")).code, 0);
    await waitFor(async () => (await held()) === undefined, { what: "nothing to be held" });
    assert.deepEqual(await peers(), apis);
  });

  test("is foretold by plan", async () => {
    const { risks } = await json<Plan>("plan", path);
    const found = risks.find(({ code }) => code === "removalsHeld");
    assert.equal(found?.subject, "edge-1");
    assert.match(found.hint, /confirm-removals edge-1/);
    assert.match((await portway("plan", path)).stdout, /edge-1.* 3 of .*4 peers/);
  });

  test("takes none of them: the edge holds it whole, and to status it is critical", async () => {
    assert.equal((await portway("apply", "--yes", path)).code, 0);
    const told = await waitFor(held, { what: "edge-1 to hold the removals" });
    assert.deepEqual([told.peers, told.of], [["api-2", "api-3", "api-4"], 4]);
    assert.deepEqual(await peers(), apis);
    const warning = await warned();
    assert.deepEqual([warning?.severity, warning?.subject], ["critical", "edge-1"]);
    assert.match((await portway("status")).stdout, /edge-1 keeps 3 of its 4 peers/);
  });

  test("is not confirmed off a terminal without --yes", async () => {
    const { code, stderr } = await portway("hosts", "confirm-removals", "edge-1");
    assert.equal(code, 2);
    assert.match(stderr, /would lose 3 of 4 peers \(api-2, api-3, api-4\).*no terminal to ask on/);
    assert.deepEqual([await peers(), (await held())?.peers.length], [apis, 3]);
  });

  test("comes into force once a person has confirmed it", async () => {
    assert.equal((await portway("hosts", "confirm-removals", "edge-1", "--yes")).code, 0);
    await hasPeers("api-1");
    await waitFor(async () => (await warned()) === undefined, { what: "status to warn no more" });
    assert.match((await portway("hosts", "confirm-removals", "edge-1")).stdout, /edge-1 holds nothing back/);
  });
});
