import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../../test/lab/virtual-clock.ts";
import type { Exec } from "../../lib/exec.ts";
import { exampleMesh } from "../overlay/example.ts";
import { watchMachine } from "./watch.ts";

const prefix = "192.168.10.0/24";
const mesh = { ...exampleMesh, onward: [{ host: "api-1", from: ["10.77.0.2/32"], to: [{ prefix, allow: [] }] }] };
const table = { family: "ip", table: "filter" };
const accept = (link: string) => {
  const match = (key: string) => ({ match: { op: "==", left: { meta: { key } }, right: link } });
  return { rule: { ...table, chain: "FORWARD", expr: [match("iifname"), match("oifname"), { accept: null }] } };
};
const chain = { chain: { ...table, name: "FORWARD", hook: "forward", policy: "drop" } };

test("one round reads the machine's routes once, and warns of what a relay that is a router too cannot pass on", async () => {
  const ran: string[] = [];
  const exec: Exec = async (file, args) => {
    ran.push([file, ...args].join(" "));
    const printed = file === "nft" ? { nftables: [chain, accept("pwr")] } : [{ dst: prefix, dev: "eth1" }];
    return { code: 0, stdout: JSON.stringify(args.includes("-6") ? [] : printed), stderr: "" };
  };
  const clock = createVirtualClock(0);
  const log = { warn: () => {} };
  const quiet = { onChange: () => {}, everyMs: 60_000, quietMs: 0 };
  const watch = watchMachine({ clock, exec, log, mesh: () => mesh, ...quiet });
  await clock.pass(1);
  await watch.close();
  assert.deepEqual(ran.sort(), [
    "ip -json -4 route show table main",
    "ip -json -6 route show table main",
    "nft -j -s list ruleset",
  ]);
  assert.deepEqual(watch.networks(), [{ prefix, link: "eth1" }]);
  const ends = watch.warnings().map(({ text }) => text.replace(/.* should pass on /, ""));
  assert.deepEqual(ends, ["between others while keys are renewed", "to networks behind it, by eth1"]);
});
