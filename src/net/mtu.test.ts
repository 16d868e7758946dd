import assert from "node:assert/strict";
import { test } from "node:test";
import { overlayMtu } from "./mtu.ts";

test("WireGuard costs 60 bytes over IPv4 and 80 over IPv6", () => {
  assert.deepEqual([overlayMtu(1500, 4), overlayMtu(1500, 6)], [1440, 1420]);
});
