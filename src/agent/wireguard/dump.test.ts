import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDump } from "./dump.ts";

test("an interface with peers", () => {
  const text = [
    "PRIVATE\tPUBLIC\t51820\toff",
    "KEY1\t(none)\t[2001:db8::1]:51820\tfd00::2/128,10.77.0.2/32\t1700000000\t12\t34\t25",
    "KEY2\t(none)\t(none)\t(none)\t0\t0\t0\toff",
    "",
  ].join("\n");
  const device = parseDump(text);
  assert.deepEqual(device, {
    publicKey: "PUBLIC",
    listenPort: 51820,
    peers: [
      {
        publicKey: "KEY1",
        endpoint: "[2001:db8::1]:51820",
        allowedIps: ["10.77.0.2/32", "fd00::2/128"],
        handshakeAtSeconds: 1700000000,
        rxBytes: 12,
        txBytes: 34,
        keepaliveSeconds: 25,
      },
      { publicKey: "KEY2", allowedIps: [], handshakeAtSeconds: 0, rxBytes: 0, txBytes: 0, keepaliveSeconds: 0 },
    ],
  });
  assert.ok(!JSON.stringify(device).includes("PRIVATE"));
});

test("an interface that has no key yet", () => {
  assert.deepEqual(parseDump("(none)\t(none)\t40123\toff\n"), { publicKey: "", listenPort: 40123, peers: [] });
});
