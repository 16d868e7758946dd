import assert from "node:assert/strict";
import { test } from "node:test";
import { exec } from "../../lib/exec.ts";
import { sendProbe } from "./send.ts";

const probe = { from: "127.0.0.1", to: "127.0.0.1", port: 9, mark: 61_300 } as const;

test("a probe that nothing takes is refused", async () => {
  for (const protocol of ["tcp", "udp"] as const)
    assert.equal(await sendProbe(exec, { ...probe, protocol }), "refused", protocol);
});

test("a probe that cannot be sent ends with its reason, and the agent goes on", async () => {
  for (const protocol of ["tcp", "udp"] as const)
    await assert.rejects(sendProbe(exec, { ...probe, from: "192.0.2.1", protocol }), /EADDRNOTAVAIL/, protocol);
});

test("a way that is gone when the probe is sent makes it unreachable", async () => {
  for (const protocol of ["tcp", "udp"] as const) // from loopback to outside there is none
    assert.equal(await sendProbe(exec, { ...probe, to: "240.0.0.1", protocol }), "unreachable", protocol);
});
