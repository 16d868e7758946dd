// portway ping: what each path from one host to another takes.
import type { PingAnswer } from "../../wire/api.ts";
import { type PathPing, pingBounds } from "../../wire/ping.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { nameFrom } from "../names.ts";
import { wholeNumber } from "../numbers.ts";

export const command: CommandWork = {
  about:
    "Asks the first host to send probes by every path that it has to the second one, direct and by each relay: the tunnel's latency, without any application's. Exit status 1: none of them came back.",
  arguments: [
    { name: "<from>", text: "the host that probes" },
    { name: "<to>", text: "the host that answers" },
  ],
  options: [
    {
      flags: "-c, --count <count>",
      text: `probes by each path, ${pingBounds.most} at most`,
      fallback: `${pingBounds.usual}`,
    },
  ],
  examples: ["portway ping edge-1 api-1", "portway ping edge-1 api-1 -c 20 --json"],
  run: async (context, [from, to], options) => {
    const count = wholeNumber(options["count"] as string, "--count", 1, pingBounds.most);
    const path = { name: nameFrom(from!, "a host's name") };
    const answer = await context
      .api()
      .call<PingAnswer>("hostPing", { path, query: { to: nameFrom(to!, "a host's name"), count } });
    context.answer(answer, () => show(context, answer));
    return answer.paths.some(({ roundTripsMs }) => roundTripsMs.length > 0) ? 0 : 1;
  },
};

function show({ table, print, colour }: Context, { from, to, paths }: PingAnswer): void {
  if (paths.length === 0) {
    print(`${from} has no path to ${to}`);
    return;
  }
  const rows = paths.map((path) => {
    const { via, plane, inUse, sent, roundTripsMs } = path;
    const name = via === undefined ? "direct" : `relay ${via}`;
    const lost = sent - roundTripsMs.length;
    return [
      inUse ? colour.strong(name) : name,
      plane,
      inUse ? colour.good("in use") : "",
      path.mtu === undefined ? "-" : String(path.mtu),
      String(sent),
      lost === 0 ? "none" : colour.bad(`${lost} (${Math.round((100 * lost) / sent)} %)`),
      ...roundTripsOf(path),
    ];
  });
  table([["PATH", "PLANE", "", "MTU", "SENT", "LOST", "MIN", "MEDIAN", "MAX"], ...rows]);
}

function roundTripsOf({ roundTripsMs }: PathPing): readonly string[] {
  const sorted = roundTripsMs.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted.length === 0 ? "-" : `${sorted[index]!.toFixed(2)} ms`);
  return [at(0), at(Math.floor(sorted.length / 2)), at(sorted.length - 1)];
}
