import assert from "node:assert/strict";
import { test } from "node:test";
import { isInternet } from "./internet.ts";
import { parsePrefixOrAddress } from "./prefix.ts";

const of = (text: string) => isInternet(parsePrefixOrAddress(text)!);

test("the internet is what private networks, the line and multicast are not", () => {
  for (const text of ["1.1.1.1", "198.51.100.0/24", "172.32.0.0/11", "2001:db8::1", "2a00::/16"])
    assert.ok(of(text), text);
  const others = ["0.0.0.0/0", "10.1.2.3", "172.16.0.1", "169.254.169.254", "100.64.1.0/24", "224.0.0.1", "8.0.0.0/6"];
  for (const text of [...others, "::/0", "::1", "fd00::1", "fe80::1", "ff02::1"]) assert.ok(!of(text), text);
});
