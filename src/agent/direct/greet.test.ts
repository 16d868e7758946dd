import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Exec } from "../../lib/exec.ts";
import type { PeerObject } from "../../wire/mesh.ts";
import { createGreeter } from "./greet.ts";

const bornSeconds = 1_800_000_000;
const peer: PeerObject = {
  ...{ plane: "pw0", host: "api-1", publicKey: "key", endpoint: "203.0.113.10:51820" },
  ...{ keepaliveSeconds: 0, allowedIps: ["10.77.0.2/32"], planeRoutes: [] },
};

/** A peer that shook hands a minute ago, of which packets come in or not; the clocks go on by what is slept. */
function greeterOf({ packetsCome }: { readonly packetsCome: boolean }) {
  let [wallMs, monotonicMs, rxBytes] = [bornSeconds * 1000, 50_000, 1_000];
  const changes: string[] = [];
  const exec: Exec = async (file, words) => {
    if (words[0] === "set") changes.push([file, ...words].join(" "));
    if (packetsCome) rxBytes += 100;
    const line = ["key", "(none)", peer.endpoint, "10.77.0.2/32", bornSeconds - 60, rxBytes, 1_000, "off"].join("\t");
    return { code: 0, stdout: `secret\town\t51820\toff\n${line}\n`, stderr: "" };
  };
  const clock = {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    sleep: async (ms: number) => {
      wallMs += ms;
      monotonicMs += ms;
    },
  };
  const jump = (ms: number) => {
    wallMs += ms;
  };
  return { greeter: createGreeter(exec, () => {}, clock), changes, jump };
}

suite("what is done to a tunnel that is in doubt", () => {
  for (const minutes of [-10, 0, 10])
    test(`nothing while packets come in, where the clock jumped by ${minutes} minutes`, async () => {
      const { greeter, changes, jump } = greeterOf({ packetsCome: true });
      jump(minutes * 60_000);
      assert.equal(await greeter.rebind(peer), false);
      assert.equal(await greeter.greet(peer, peer.endpoint), false);
      assert.deepEqual(changes, []);
    });

  test("another port where nothing comes in, also after an hour asleep", async () => {
    for (const minutes of [0, 60]) {
      const { greeter, changes, jump } = greeterOf({ packetsCome: false });
      jump(minutes * 60_000);
      assert.equal(await greeter.rebind(peer), true);
      assert.deepEqual(changes, ["wg set pw0 listen-port 0"]);
    }
  });
});
