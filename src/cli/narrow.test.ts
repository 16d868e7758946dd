import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { runCaptured } from "./harness.ts";
import { alike, finding } from "./netcheck/finding.ts";

const narrow = { terminal: true, width: 80 };
const linesOf = (text: string) => stripVTControlCharacters(text).split("\n");

suite("on a terminal of 80 columns", () => {
  test("each setting of tune has its reason below it", async () => {
    const { out } = await runCaptured(["tune", "network", "--plan"], narrow);
    const lines = linesOf(out);
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.ok(lines.length < 60, `${lines.length}`);
    assert.match(out, /CPU features for ChaCha20-Poly1305: /);
  });

  test("the audit's details are whole, on lines below one another", async () => {
    const details = { hosts: Array.from({ length: 40 }, (_, index) => `host-${index}`) };
    const at = "2026-01-02T03:04:05.678Z";
    const entry = { sequence: 1, at, author: "local:root", action: "spec.apply", subject: "acme", details, hash: "" };
    const folder = mkdtempSync(join(tmpdir(), "portway-narrow-"));
    const control = createServer((_request, response) => void response.end(JSON.stringify({ entries: [entry] })));
    await new Promise<void>((done) => control.listen(join(folder, "control.sock"), done));
    try {
      const { out } = await runCaptured(["audit", "list", "--run-dir", folder], narrow);
      const lines = linesOf(out);
      assert.ok(lines.every((line) => line.length <= 80));
      for (const host of details.hosts) assert.ok(out.includes(`"${host}"`), host);
    } finally {
      await new Promise((done) => control.close(done));
      rmSync(folder, { recursive: true });
    }
  });
});

test("checks in a row that found the same are told once", () => {
  const same = (check: string) => finding(check, "unknown", "this host has not joined");
  const rows = alike([same("udp"), same("nat"), finding("ipv6", "good", "IPv6 by fd00::2"), same("clock")]);
  assert.deepEqual(
    rows.map(({ checks }) => checks.join(", ")),
    ["udp, nat", "ipv6", "clock"],
  );
});
