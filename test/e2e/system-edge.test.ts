// Faults around nginx: killed, snapshots that arrive damaged, and APIs that misbehave.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { GatewayState } from "../../src/wire/edge-state.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { kill, openSystem, pidsOf, publicName, type System, says, withRoute, yaml } from "./system.ts";

const socket = "/run/portway/nginx/nginx.sock";
const nginx = /^nginx: /;

suite("the edge of an installation", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  before(async () => {
    system = await openSystem();
  });
  after(() => system?.close());

  const state = async () => {
    const ran = await system.edge.run(["curl", "-s", "--unix-socket", socket, "http://nginx/state"]);
    return JSON.parse(ran.stdout) as GatewayState;
  };
  const edgeStatus = async () => (await system.status()).hosts.find(({ name }) => name === "edge-1")?.edge;
  const refusedSnapshot = async () =>
    (await system.status()).warnings.find((warning) => warning.code === "snapshotRefused");

  test("has nginx again after it was killed, also with its file of the last snapshot cut in half", async () => {
    const path = "/var/lib/portway/edge/snapshot.json";
    const before = pidsOf(system.edge, nginx);
    const size = (await system.edge.readFile(path)).length;
    await system.edge.run(["truncate", "-s", `${size >> 1}`, path]);
    kill(system.edge, nginx);
    await system.answers("/", "200");
    const now = pidsOf(system.edge, nginx);
    assert.ok(now.length >= 2 && now.every((pid) => !before.includes(pid)));
    await waitFor(async () => (await edgeStatus())?.nginx.running, { what: "status to say so" });
    const isWhole = async () => (await system.edge.readFile(path)).length === size;
    await waitFor(isWhole, { what: "the file to be whole again" });
  });

  test("refuses a snapshot that arrives cut or changed, serves the last one on, and status says why", async () => {
    const mode = "/run/root/damage";
    const before = await state();
    await system.edge.run(["mv", socket, `${socket}.real`]);
    await system.edge.writeFile(mode, "half");
    const words = [process.execPath, join(import.meta.dirname, "system-cut.ts"), socket, `${socket}.real`, mode];
    const between = system.edge.start(words, { name: "between" });
    await says(between, "between");

    for (const [damage, reason] of [
      ["half", /not JSON/],
      ["digest", /the digest of its objects is [0-9a-f]{64}, not [0-9a-f]{64}/],
    ] as const) {
      await system.edge.writeFile(mode, damage);
      await system.apply(withRoute(`damaged-${damage}`));
      await waitFor(async () => reason.test((await refusedSnapshot())?.text ?? ""), { what: `status: ${reason}` });
      assert.match((await system.portway(system.edge, "status")).stdout, reason);
      assert.equal(await system.ask("/"), "200");
      const now = await state();
      assert.deepEqual([now.revision, now.digest], [before.revision, before.digest]);
    }

    await system.edge.writeFile(mode, "none");
    await system.apply(withRoute("whole"));
    await waitFor(async () => (await refusedSnapshot()) === undefined, { what: "the warning to go" });
    await system.answers("/whole/", "200");
    await between.stop();
    await system.edge.run(["mv", `${socket}.real`, socket]);
    await system.apply(yaml);
    assert.equal((await edgeStatus())?.snapshotError, undefined);
  });

  test("answers for an API that resets or hangs, passes nothing on that is not HTTP, and goes on when it is well", async () => {
    // nginx alone would pass what is not HTTP on as HTTP/0.9.
    for (const [path, code] of [
      ["/reset", "502"],
      ["/hang", "504"],
      ["/garbage", "502"],
    ] as const) {
      assert.equal(await system.ask(path), code, path);
      assert.equal(await system.ask(path, "-X", "POST", "-d", "x"), code, `POST ${path}`);
      await system.answers("/", "200");
    }
    const words = ["curl", "-sk", "--http0.9", "--http1.1", "-m5", `https://${publicName}/garbage`];
    const { stdout } = await system.client.run(words, { check: false });
    assert.equal((JSON.parse(stdout) as { status: number }).status, 502);
    await system.answers("/", "200");
  });
});
