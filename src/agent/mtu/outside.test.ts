import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Exec } from "../../lib/exec.ts";
import { createOutside } from "./outside.ts";
import { sizesUpTo } from "./sizes.ts";

/** `ping` and `ip` on a host whose packets get as far as `carries`; a router tells of it, or an end that answers no echo. */
function machine(carries: number, { tells = false, echoes = true }): Exec {
  return async (file, words) => {
    if (file === "ip") return { code: 0, stdout: `[{"dst":"192.0.2.1","dev":"eth0"}]`, stderr: "" };
    const bytes = Number(words[words.indexOf("-s") + 1]) + (words.at(-1)!.includes(":") ? 48 : 28);
    assert.equal(words[words.indexOf("-M") + 1], "do");
    if (bytes <= carries) return { code: echoes ? 0 : 1, stdout: "", stderr: "" };
    const told = words.at(-1)!.includes(":")
      ? `From 2001:db8::1 icmp_seq=1 Packet too big: mtu=${carries}`
      : `From 203.0.113.1 icmp_seq=1 Frag needed and DF set (mtu = ${carries})`;
    return { code: 1, stdout: tells ? told : "", stderr: "" };
  };
}

const sizes = sizesUpTo(1420, 1420);
const measure = (exec: Exec, endpoint = "192.0.2.1:51820") => createOutside(exec).measure(endpoint, sizes, 1420);

describe("what the line outside carries", () => {
  test("is found by what arrives, whether or not a router tells, over IPv4 and IPv6", async () => {
    for (const tells of [true, false]) {
      assert.equal(await measure(machine(1500, { tells })), 1420);
      assert.equal(await measure(machine(1300, { tells })), 1232);
      assert.equal(await measure(machine(1300, { tells }), "[2001:db8::9]:51820"), 1216);
    }
  });

  test("is what a router tells where the other end answers no echo", async () => {
    assert.equal(await measure(machine(1300, { tells: true, echoes: false })), 1232);
  });

  test("is unknown where nobody tells and nothing is answered, or there is no ping", async () => {
    assert.equal(await measure(machine(1300, { echoes: false })), undefined);
    assert.equal(await measure(async () => ({ code: -1, stdout: "", stderr: "spawn ping ENOENT" })), undefined);
  });

  test("begins with the MTU of the interface by which packets leave", async () => {
    const outside = createOutside(machine(1500, {}), (device) => (device === "eth0" ? 9000 : undefined));
    assert.equal(await outside.deviceMtu("192.0.2.1:51820"), 9000);
    const nowhere: Exec = async () => ({ code: 2, stdout: "", stderr: "Network is unreachable" });
    assert.equal(await createOutside(nowhere).deviceMtu("192.0.2.1:51820"), undefined);
  });
});
