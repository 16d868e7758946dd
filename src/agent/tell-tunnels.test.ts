import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import { readJsonIfAny } from "../lib/files.ts";
import { silentLog } from "../lib/log.ts";
import { type Tunnels, tunnelsFrom } from "../wire/tunnels.ts";
import type { PairReach } from "./paths/prober.ts";
import { startTunnels, tunnelsOf } from "./tell-tunnels.ts";

const path = { plane: "pw0", kind: "direct", probeAddress: "::1" } as const;

test("tunnels are those of pairs that are probed, with their round trip when it is known", () => {
  const reach: Record<string, PairReach> = {
    near: { path, proven: true, isDark: false, steadyPlanes: ["pw0"], roundTripMs: 1.23456 },
    lost: { path, proven: false, isDark: true, steadyPlanes: [] },
  };
  assert.deepEqual(
    tunnelsOf(["near", "lost", "without-path"], (host) => reach[host]),
    { near: { isDark: false, roundTripMs: 1.23 }, lost: { isDark: true } },
  );
});

test("the file is written at once and anew when something changed, for its group to read, and a lost folder is no end", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-tell-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "run", "tunnels.json");
  let hosts: Tunnels["hosts"] = { one: { isDark: false } };
  const warned: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void warned.push(message) };
  const loop = startTunnels({ path: file, clock: systemClock, log, hosts: () => hosts });
  t.after(loop.close);
  const written = async (isWanted: (tunnels: Tunnels) => boolean) => {
    for (;;) {
      const tunnels = tunnelsFrom(readJsonIfAny(file));
      if (tunnels !== undefined && isWanted(tunnels)) return tunnels;
      await systemClock.sleep(5);
    }
  };
  const first = await written(() => true);
  assert.deepEqual(first.hosts, hosts);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  hosts = { one: { isDark: true } };
  loop.trigger();
  const second = await written(({ hosts }) => hosts["one"]!.isDark);
  assert.ok(second.sequence > first.sequence);
  rmSync(join(folder, "run"), { recursive: true });
  loop.trigger();
  await written(() => true);
  assert.deepEqual(warned, []);
});
