import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { suite, test } from "node:test";
import type { Exec } from "../../lib/exec.ts";
import type { LineRelay, LineView } from "../../wire/netcheck.ts";
import { clockFinding, controlFindings } from "./control.ts";
import { natFinding, natKind, udpFinding } from "./line.ts";
import { portsFinding, programsFinding } from "./machine.ts";
import { mtuFinding } from "./mtu.ts";

const relay = (host: string, mapping?: string, online = true): LineRelay => ({
  ...{ host, plane: "pwr1", endpoint: "192.0.2.1:51822", online },
  ...(mapping !== undefined && { mapping }),
});
const view = (...relays: readonly LineRelay[]): LineView => ({
  host: "api-1",
  addresses: ["198.51.100.7/24", "2001:db8::7/64"],
  planes: [{ name: "pw0", port: 51820 }],
  relays,
});

suite("netcheck", () => {
  test("tells the kind of NAT by where relays see the direct port", () => {
    const kinds: readonly (readonly [string, readonly (string | undefined)[]])[] = [
      ["none", ["198.51.100.7:51820", "198.51.100.7:51820"]],
      ["none", ["198.51.100.7:51820"]],
      ["none", ["[2001:db8::7]:51820", "198.51.100.7:51820"]],
      ["easy", ["203.0.113.1:51820", "203.0.113.1:51820"]],
      ["easy", ["198.51.100.7:40000", "198.51.100.7:40000"]],
      ["hard", ["203.0.113.1:40000", "203.0.113.1:40001"]],
      ["some", ["203.0.113.1:40000", undefined]],
      ["unknown", [undefined]],
      ["unknown", []],
    ];
    for (const [kind, mappings] of kinds)
      assert.equal(natKind(view(...mappings.map((one, at) => relay(`r${at}`, one)))), kind, `${mappings}`);
    assert.equal(natFinding(view(relay("a", "203.0.113.1:1"), relay("b", "203.0.113.1:2"))).state, "warning");
  });

  test("tells whether UDP gets out by what comes back from relays", () => {
    assert.equal(udpFinding(view(relay("a"), relay("b"))).state, "good");
    assert.equal(udpFinding(view(relay("a"), relay("b", undefined, false))).state, "warning");
    assert.equal(udpFinding(view(relay("a", undefined, false))).state, "bad");
    assert.equal(udpFinding(view()).state, "unknown");
  });

  test("compares the clock with control's, which tells whole seconds", () => {
    const date = "Sat, 21 Nov 2026 22:00:00 GMT";
    const at = (ms: number) => clockFinding(date, 20, Date.parse(date) + 510 + ms);
    assert.deepEqual([at(0).state, at(0).details?.["offsetMs"]], ["good", 0]);
    assert.equal(at(9_000).state, "good");
    assert.match(at(600_000).text, /^600\.0 s ahead/);
    assert.match(at(-600_000).text, /^600\.0 s behind/);
    assert.equal(clockFinding("undefined", 1, 0).state, "unknown");
  });

  test("says that control does not answer, or that this host knows none", async () => {
    const clock = { now: () => 0, monotonic: () => 0 };
    const refused = [{ url: "https://127.0.0.1:1", door: { url: "https://127.0.0.1:1" } }];
    assert.deepEqual(
      (await controlFindings(refused, clock)).map(({ check, state }) => [check, state]),
      [
        ["control", "bad"],
        ["clock", "unknown"],
      ],
    );
    assert.ok((await controlFindings(undefined, clock)).every(({ state }) => state === "unknown"));
  });

  test("finds a port that another program has, and takes this host's own planes for its own", async () => {
    const socket = createSocket("udp4").bind(51821);
    await Promise.race([once(socket, "listening"), once(socket, "error")]); // somebody else has it: as well
    assert.deepEqual((await portsFinding([51820, 51822])).details?.["taken"], [51821]);
    assert.equal((await portsFinding([51820, 51821, 51822])).state, "good");
    socket.close();
  });

  test("names the packages of programs that are missing", () => {
    const { state, hint } = programsFinding("/nowhere");
    if (state === "bad") assert.match(hint!, /^apt install [a-z -]+$/);
    else assert.equal(state, "good"); // all of them are in /usr/sbin
  });

  test("takes the largest echo that is answered as a line's MTU", async () => {
    const line =
      (mtu: number): Exec =>
      async (_, words) => ({ code: Number(words.at(-2)) + 28 <= mtu ? 0 : 1, stdout: "", stderr: "" });
    assert.deepEqual((await mtuFinding(line(1492), [relay("a")])).details, { a: 1492 });
    assert.equal((await mtuFinding(line(1300), [relay("a")])).state, "warning");
    assert.equal((await mtuFinding(line(0), [relay("a")])).state, "unknown");
    assert.equal((await mtuFinding(line(1500), [])).state, "unknown");
  });
});
