import assert from "node:assert/strict";
import { test } from "node:test";
import { overlayMtu, tcpSegmentSize, wireguardOverhead } from "./mtu.ts";

test("WireGuard costs 60 bytes over IPv4 and 80 over IPv6", () => {
  assert.deepEqual([wireguardOverhead(4), wireguardOverhead(6)], [60, 80]);
  assert.deepEqual([overlayMtu(1500, 4), overlayMtu(1500, 6)], [1440, 1420]);
  assert.deepEqual([tcpSegmentSize(1420, 4), tcpSegmentSize(1420, 6)], [1380, 1360]);
});
