import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeFileAtomic } from "../../lib/files.ts";
import type { ServiceObject } from "../../wire/edge-service.ts";
import type { Tunnels } from "../../wire/tunnels.ts";
import { darkReason, darkTargets, knownTunnels } from "./tunnels.ts";

const folder = mkdtempSync(join(tmpdir(), "portway-tunnels-"));
after(() => rmSync(folder, { recursive: true }));

function setUp(name: string) {
  const path = join(folder, name);
  let now = 1000;
  let sequence = 0;
  return {
    path,
    tunnels: knownTunnels(path, { monotonic: () => now }),
    pass(ms: number) {
      now += ms;
    },
    write(hosts: Tunnels["hosts"]) {
      writeFileAtomic(path, JSON.stringify({ sequence: ++sequence, hosts } satisfies Tunnels));
    },
  };
}

test("what the agent writes is read, and told to be new", () => {
  const { tunnels, write } = setUp("read.json");
  assert.equal(tunnels.look(), false);
  write({ "api-1": { isDark: false, roundTripMs: 4.2 } });
  assert.equal(tunnels.look(), true);
  assert.equal(tunnels.look(), false);
  assert.deepEqual(tunnels.to("api-1"), { isDark: false, roundTripMs: 4.2 });
  assert.equal(tunnels.to("constructor"), undefined);
  write({ "api-1": { isDark: true } });
  assert.equal(tunnels.look(), true);
  assert.equal(tunnels.look(), false);
});

test("an agent that says nothing new for a while, or whose file is gone, is known nothing of", () => {
  const { tunnels, write, pass, path } = setUp("stale.json");
  write({ "api-1": { isDark: true } });
  tunnels.look();
  pass(9_000);
  assert.equal(tunnels.look(), false);
  write({ "api-1": { isDark: true } });
  tunnels.look();
  pass(9_000);
  tunnels.look();
  assert.equal(tunnels.to("api-1")?.isDark, true);
  pass(2_000);
  assert.equal(tunnels.look(), true);
  assert.equal(tunnels.to("api-1"), undefined);
  write({ "api-1": { isDark: true } });
  assert.equal(tunnels.look(), true);
  rmSync(path);
  assert.equal(tunnels.look(), true);
});

test("a file that is no such file says nothing", () => {
  const { tunnels, path, write } = setUp("torn.json");
  write({ "api-1": { isDark: true } });
  tunnels.look();
  for (const text of ["{", "[]", '{"sequence":1,"hosts":{"api-1":{"isDark":"yes"}}}', '{"sequence":1,"hosts":[]}']) {
    writeFileSync(path, text);
    tunnels.look();
    assert.equal(tunnels.to("api-1"), undefined, text);
  }
});

test("targets behind a dark tunnel are down, in every service, unless their check says so already", () => {
  const service = (name: string, ...targets: readonly string[]) =>
    ({ name, targets: targets.map((target) => ({ name: target })) }) as unknown as ServiceObject;
  const to = (host: string) => (host === "api-1" ? { isDark: true } : host === "api-2" ? { isDark: false } : undefined);
  const services = [service("a", "api-1", "api-2", "http://192.0.2.1"), service("b", "api-1"), service("c", "api-1")];
  assert.deepEqual(darkTargets(services, { to }, [{ service: "c", target: "api-1", reason: "status 500" }]), [
    { service: "a", target: "api-1", reason: darkReason },
    { service: "b", target: "api-1", reason: darkReason },
  ]);
});
