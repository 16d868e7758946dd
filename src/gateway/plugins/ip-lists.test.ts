import assert from "node:assert/strict";
import { test } from "node:test";
import { pluginRefusal, runPlugin } from "../../../test/lua/plugins.ts";

const addresses = {
  inside: "\xc0\x00\x02\x01",
  last: "\xc0\x00\x02\xff",
  outside: "\xc0\x00\x03\x00",
  mapped: `${"\0".repeat(10)}\xff\xff\xc0\x00\x02\x07`,
  ipv6: `\x20\x01\x0d\xb8${"\0".repeat(12)}`,
};
const prefixes = ["192.0.2.0/24"];

function verdicts(plugin: "ipAllow" | "ipDeny", asked: readonly string[]): (string | number)[] {
  const requests = asked.map((address) => ({ variables: { binary_remote_addr: address } }));
  return runPlugin(plugin, { prefixes }, requests).map(({ status, reason }) => reason ?? status);
}

test("ipDeny refuses the addresses of its list, IPv4 in IPv6 too, and lets all others pass", () => {
  const { inside, last, outside, mapped, ipv6 } = addresses;
  assert.deepEqual(verdicts("ipDeny", [inside, last, mapped, outside, ipv6]), ["denied", "denied", "denied", 0, 0]);
});

test("ipAllow lets the addresses of its list pass and refuses all others", () => {
  const { inside, last, outside, mapped, ipv6 } = addresses;
  const expected = [0, 0, 0, "notAllowed", "notAllowed"];
  assert.deepEqual(verdicts("ipAllow", [inside, last, mapped, outside, ipv6]), expected);
});

test("an address without bytes (a socket of another kind) is on no list", () => {
  assert.deepEqual(verdicts("ipDeny", [""]), [0]);
  assert.deepEqual(verdicts("ipAllow", [""]), ["notAllowed"]);
});

test("what is remembered of addresses never changes the verdict, also beyond what is kept", () => {
  const many = Array.from({ length: 3000 }, (_, i) => `\xc0\x00${String.fromCharCode(i >> 8, i & 255)}`);
  const asked = [...many, ...many];
  assert.deepEqual(
    verdicts("ipDeny", asked),
    asked.map((address) => (address.charCodeAt(2) === 2 ? "denied" : 0)),
  );
});

test("the status is 403; a list that holds no prefix is refused with the snapshot", () => {
  const [result] = runPlugin("ipDeny", { prefixes }, [{ variables: { binary_remote_addr: addresses.inside } }]);
  assert.equal(result!.status, 403);
  assert.match(pluginRefusal("ipAllow", { prefixes: ["192.0.2.0/33"] }) ?? "", /one of its prefixes is none/);
  assert.equal(pluginRefusal("ipAllow", { prefixes }), undefined);
});
