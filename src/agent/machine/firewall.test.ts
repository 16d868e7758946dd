import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { firewallHolds, normalised, rememberFirewall } from "./firewall.ts";

test("a table prints the same whatever its handles and the order of its elements", () => {
  const table = (handle: number, ...elem: unknown[]) => ({
    nftables: [
      { metainfo: { version: handle } },
      { set: { name: "pairs4", handle, elem } },
      { rule: { handle, expr: [1, 2] } },
    ],
  });
  const [a, b] = [{ concat: ["10.77.0.2", "10.77.0.3"] }, { concat: ["10.77.0.3", "10.77.0.2"] }];
  assert.deepEqual(normalised(table(1, a, b)), normalised(table(7, b, a)));
  assert.notDeepEqual(normalised(table(1, a, b)), normalised(table(1, a)));
  const counted = (packets: number) => ({ elem: { val: "10.77.0.2", counter: { packets, bytes: packets } } });
  assert.deepEqual(normalised(table(1, counted(1))), normalised(table(1, counted(2))));
});

test("it holds while the text and what is printed are those of the last load, also for the next agent", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-firewall-"));
  try {
    assert.ok(!firewallHolds(folder, "printed")("text"));
    rememberFirewall(folder, "text", "printed");
    assert.ok(firewallHolds(folder, "printed")("text"));
    assert.ok(!firewallHolds(folder, "printed")("another text"));
    assert.ok(!firewallHolds(folder, "changed by hand")("text"));
    assert.ok(!firewallHolds(folder, undefined)("text"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
