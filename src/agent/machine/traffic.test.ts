import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exec } from "../../lib/exec.ts";
import { readSent, trafficIn } from "./traffic.ts";

const counted = (val: string, packets: number) => ({ elem: { val, counter: { packets, bytes: packets * 100 } } });
const setOf = (name: string, ...elem: readonly unknown[]) => ({
  set: { family: "inet", name, table: "portway", elem },
});

test("packets and bytes are of the sets that count, by address and family", () => {
  const printed = {
    nftables: [
      { metainfo: { version: "1.0.6" } },
      setOf("pairs4", { concat: ["10.77.0.2", "10.77.0.3"] }),
      setOf("received4", counted("10.77.0.2", 3), counted("10.77.0.3", 0)),
      { set: { family: "inet", name: "received6", table: "portway" } }, // an empty set has no `elem`
      setOf("sent4", counted("10.77.0.2", 5)),
      setOf("sent6", counted("fd00:77::2", 7)),
    ],
  };
  const { received, sent } = trafficIn(printed);
  assert.deepEqual(Object.fromEntries(received), {
    "10.77.0.2": { packets: 3, bytes: 300 },
    "10.77.0.3": { packets: 0, bytes: 0 },
  });
  assert.deepEqual([...sent.keys()], ["10.77.0.2", "fd00:77::2"]);
});

test("what was sent is read of both families, without the rest of the table", async () => {
  const sets: Readonly<Record<string, unknown>> = {
    sent4: setOf("sent4", counted("10.77.0.2", 5)),
    sent6: setOf("sent6", counted("fd00:77::2", 7)),
  };
  const nft =
    (code: number): Exec =>
    async (file, words) => {
      assert.deepEqual([file, ...words.slice(0, -1)], ["nft", "-j", "list", "set", "inet", "portway"]);
      return { code, stdout: JSON.stringify({ nftables: [sets[words.at(-1)!]] }), stderr: "" };
    };
  const sent = await readSent(nft(0));
  assert.deepEqual(
    [...sent!].map(([address, { packets }]) => [address, packets]),
    [
      ["10.77.0.2", 5],
      ["fd00:77::2", 7],
    ],
  );
  assert.equal(await readSent(nft(1)), undefined);
});
