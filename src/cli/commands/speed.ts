// portway speed: what two hosts can send each other, and what keeps it from being more.
import type { Flow, RequestTimes, SpeedAnswer, SpeedRequest } from "../../wire/speed.ts";
import { speedBounds } from "../../wire/speed.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { nameFrom } from "../names.ts";
import { wholeNumber } from "../numbers.ts";

export const command: CommandWork = {
  about:
    "Fills the tunnel between two hosts, in one direction and then in the other, by one TCP connection each (iperf3, which both need), and sends requests one after the other. While it lasts the second host listens on two ports of its overlay address that the first alone may reach. It is in the audit.",
  arguments: [
    { name: "<from>", text: "the host that measures" },
    { name: "<to>", text: "the host that is measured" },
  ],
  options: [
    {
      flags: "-t, --seconds <seconds>",
      text: `how long each direction is filled, ${speedBounds.most} at most`,
      fallback: `${speedBounds.usual}`,
    },
    {
      flags: "--outside",
      text: "send the same requests without the tunnel too: the second host answers them on one port of all its addresses for that time, to whoever has the measurement's secret",
    },
  ],
  examples: ["portway speed edge-1 api-1", "portway speed edge-1 api-1 -t 10 --outside --json"],
  run: async (context, [from, to], options) => {
    const seconds = wholeNumber(options["seconds"] as string, "--seconds", speedBounds.least, speedBounds.most);
    const path = { name: nameFrom(from!, "a host's name") };
    const body: SpeedRequest = { to: nameFrom(to!, "a host's name"), seconds, outside: options["outside"] === true };
    const api = context.api();
    if (!context.json) context.note(`measures for about ${2 * seconds + 5} s: requests, ${from} → ${to}, and back`);
    const answer = await api.call<SpeedAnswer>("hostSpeed", { path, body, signal: context.stop });
    context.answer(answer, () => show(context, answer));
    return 0;
  },
};

function show({ print, table }: Context, answer: SpeedAnswer): void {
  const { from, to, path, mtu, roundTrip, there, back, inside, outside, outsideFailed } = answer;
  const way = path.via === undefined ? path.kind : `relay ${path.via}`;
  const lost = roundTrip.lost === 0 ? "" : `, ${roundTrip.lost} of ${roundTrip.sent} probes lost`;
  print(`${from} and ${to}: ${way} (${path.plane}), packets of ${mtu ?? "?"} bytes`);
  print(`round trip ${ms(roundTrip.medianMs)}, jitter ${ms(roundTrip.jitterMs)}${lost}`);
  print();
  table([
    ["", "THROUGHPUT", "ROUND TRIP", "SENT AGAIN", `CPU ${from}`, `CPU ${to}`, "LIMIT"],
    flowRow(`${from} → ${to}`, there, there.sender.all, there.receiver.all),
    flowRow(`${to} → ${from}`, back, back.receiver.all, back.sender.all),
  ]);
  for (const [name, flow] of [
    [`${from} → ${to}`, there],
    [`${to} → ${from}`, back],
  ] as const)
    print(`${name}: limited by ${limits[flow.limit]}: ${flow.because}`);
  print();
  table([
    ["REQUESTS", "MEDIAN", "P99", ...(outside ? ["MEDIAN WITHOUT TUNNEL", "P99"] : [])],
    requestRow("HTTP/2", "http2", inside, outside),
    requestRow("as gRPC", "grpc", inside, outside),
  ]);
  if (outsideFailed !== undefined) print(`not measured without the tunnel: ${outsideFailed}`);
}

const limits = { cpu: "the CPU", mtu: "the MTU", loss: "loss", link: "the link" } as const;

function flowRow(name: string, flow: Flow, first: number, second: number): readonly string[] {
  const { bitsPerSecond, roundTripMs, retransmits, retransmitShare, limit } = flow;
  const again = retransmits === 0 ? "none" : `${retransmits} (${(100 * retransmitShare).toFixed(2)} %)`;
  const loaded = roundTripMs === undefined ? "-" : ms(roundTripMs);
  return [name, rate(bitsPerSecond), loaded, again, percent(first), percent(second), limit];
}

function requestRow(name: string, kind: keyof RequestTimes, inside: RequestTimes, outside: RequestTimes | undefined) {
  const times = [inside, ...(outside ? [outside] : [])].map((one) => one[kind]);
  return [name, ...times.flatMap(({ medianMs, p99Ms }) => [ms(medianMs), ms(p99Ms)])];
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const percent = (share: number) => `${Math.round(100 * share)} %`;
const rate = (bits: number) =>
  bits >= 1e9 ? `${(bits / 1e9).toFixed(2)} Gbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`;
