import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Exec } from "../../lib/exec.ts";
import type { TraceFlow } from "../../wire/trace.ts";
import { exampleMesh } from "../overlay/example.ts";
import { type traceCounts, traceTableText } from "./table.ts";
import { createTracer } from "./trace.ts";

const flow: TraceFlow = { from: "10.77.0.1", to: "10.77.0.2", protocol: "tcp", port: 5432, mark: 61_200 };
const printed = JSON.stringify({
  nftables: [
    { metainfo: {} },
    { counter: { name: "arrived", packets: 3 } },
    { counter: { name: "letIn", packets: 2 } },
  ],
});

function tracer() {
  const ran: string[] = [];
  const exec: Exec = async (file, args, options) => {
    const words = [file, ...args].join(" ");
    ran.push(options?.input ?? words);
    if (file === "ip") return { code: 0, stdout: JSON.stringify([{ dev: "eth0" }]), stderr: "" };
    const isThere = words !== "nft list table inet portway_trace";
    return { code: isThere ? 0 : 1, stdout: words.includes("-j") ? printed : "", stderr: "" };
  };
  const clock = { sleep: () => new Promise<void>(() => {}) };
  const parts = { exec, announce() {}, clock, mesh: () => exampleMesh, reach: () => undefined };
  const { answer } = createTracer({ ...parts, routerOf: () => undefined });
  return {
    ran,
    ask: (step: "watch" | "send" | "tell", of: TraceFlow = flow) => answer({ kind: "trace", step, flow: of }),
  };
}

describe("a trace", () => {
  test("counts the probe's own packets where they come and go, and those that answer it", () => {
    const text = traceTableText(flow);
    assert.match(text, /iifname "pw\*" ip saddr 10.77.0.1 ip daddr 10.77.0.2 tcp sport 61200 tcp dport 5432 counter/);
    assert.match(text, /oifname "pw\*" ip saddr 10.77.0.2 ip daddr 10.77.0.1 tcp sport 5432 tcp dport 61200 counter/);
    assert.match(traceTableText({ ...flow, protocol: "icmp" }), /icmp type echo-request icmp id 61200/);
    assert.match(
      text,
      /chain passed \{\ntype filter hook postrouting priority 99; .*\niifname "pw\*" oifname != "pw\*" ip saddr/,
    );
    const six = traceTableText({ from: "fd00:77::1", to: "2001:db8::1", protocol: "icmp", mark: 61_200 });
    assert.match(six, /ip6 saddr fd00:77::1 ip6 daddr 2001:db8::1 icmpv6 type echo-request icmpv6 id 61200/);
  });

  test("tells what was counted once, and the table goes", async () => {
    const { ran, ask } = tracer();
    assert.equal(await ask("watch"), true);
    const told = (await ask("tell")) as ReturnType<typeof traceCounts>;
    assert.deepEqual([told.arrived, told.letIn, told.taken], [3, 2, 0]);
    await assert.rejects(ask("tell"), /over/);
    assert.ok(ran.includes(traceTableText(flow)));
  });

  test("goes on alone: another one, or a step of another, is refused", async () => {
    const { ask } = tracer();
    await ask("watch");
    await assert.rejects(ask("watch", { ...flow, mark: 61_201 }), /another trace/);
    await assert.rejects(ask("tell", { ...flow, mark: 61_201 }), /over/);
  });

  test("is of packets that the network carries alone, whatever is asked", async () => {
    const { ran, ask } = tracer();
    const odd: readonly Partial<TraceFlow>[] = [
      { from: "192.0.2.1" },
      { from: "fd00:77::1" },
      { to: "10.77.0.2 accept" },
      { to: "10.77.0.02" },
      { port: 0 },
      { mark: 70_000 },
      { protocol: "sctp" as "tcp" },
      { port: "1; flush ruleset" as unknown as number },
    ];
    for (const parts of odd) await assert.rejects(ask("watch", { ...flow, ...parts }), /no probe of this/);
    assert.deepEqual(
      ran.filter((text) => text.includes("chain")),
      [],
    );
  });

  test("is not sent where the kernel leads it past the network", async () => {
    const { ask } = tracer();
    const beyond = { ...flow, to: "192.0.2.1" };
    await ask("watch", beyond);
    assert.deepEqual(await ask("send", beyond), { outcome: "unreachable", past: "eth0" });
  });

  test("is sent by the host alone whose address it comes from", async () => {
    const { ask } = tracer();
    const other = { ...flow, from: "10.77.0.9" };
    await ask("watch", other);
    await assert.rejects(ask("send", other), /not its address/);
  });
});
