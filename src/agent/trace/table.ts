// The table that counts a probe on its way through this host, beside Portway's own and for a few seconds only. Pure.
import type { TraceCounts, TraceFlow } from "../../wire/trace.ts";

export const traceTable = "inet portway_trace";

const nothing: TraceCounts = {
  made: 0,
  left: 0,
  arrived: 0,
  letIn: 0,
  taken: 0,
  answersMade: 0,
  answersLeft: 0,
  answersArrived: 0,
};

/** After it a packet has another sender. */
const beforeMasquerade = 99;

/** For `nft -f`: in place of one that is there. Portway's own chains are at the priorities raw (-300) and filter (0). */
export function traceTableText(flow: TraceFlow): string {
  const [probe, answer] = matches(flow);
  const names = Object.keys(nothing);
  const chain = (name: string, hook: string, priority: number, rules: readonly string[]) =>
    `chain ${name} {\ntype filter hook ${hook} priority ${priority}; policy accept;\n${rules.join("\n")}\n}`;
  const count = (match: string, name: keyof TraceCounts) => `${match} counter name "${name}"`;
  return `table ${traceTable}
delete table ${traceTable}
table ${traceTable} {
${names.map((name) => `counter ${name} { packets 0 bytes 0 }`).join("\n")}
${chain("arriving", "prerouting", -400, [
  count(`iifname "pw*" ${probe}`, "arrived"),
  count(`iifname "pw*" ${answer}`, "answersArrived"),
])}
${chain("making", "output", -400, [count(probe, "made"), count(answer, "answersMade")])}
${chain("inside", "input", 1, [count(probe, "letIn")])}
${chain("last", "input", 400, [count(probe, "taken")])}
${chain("returning", "forward", -400, [count(`iifname != "pw*" ${answer}`, "answersMade")])}
${chain("passing", "forward", 1, [count(`iifname "pw*" oifname != "pw*" ${probe}`, "letIn")])}
${chain("passed", "postrouting", beforeMasquerade, [count(`iifname "pw*" oifname != "pw*" ${probe}`, "taken")])}
${chain("leaving", "postrouting", 400, [
  count(`oifname "pw*" ${probe}`, "left"),
  count(`oifname "pw*" ${answer}`, "answersLeft"),
])}
}
`;
}

/** The probe's packets, and those that answer it. */
function matches({ from, to, protocol, port, mark }: TraceFlow): readonly [string, string] {
  const [ip, icmp] = to.includes(":") ? ["ip6", "icmpv6"] : ["ip", "icmp"];
  const ends = (a: string, b: string) => `${ip} saddr ${a} ${ip} daddr ${b}`;
  if (protocol === "icmp") {
    const echo = (type: string) => `${icmp} type ${type} ${icmp} id ${mark}`;
    return [`${ends(from, to)} ${echo("echo-request")}`, `${ends(to, from)} ${echo("echo-reply")}`];
  }
  return [
    `${ends(from, to)} ${protocol} sport ${mark} ${protocol} dport ${port}`,
    `${ends(to, from)} ${protocol} sport ${port} ${protocol} dport ${mark}`,
  ];
}

/** Of what `nft -j list table` printed. */
export function traceCounts(printed: string): TraceCounts {
  const { nftables } = JSON.parse(printed) as {
    readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  };
  const counted = nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets] as const] : []));
  return { ...nothing, ...Object.fromEntries(counted) };
}
