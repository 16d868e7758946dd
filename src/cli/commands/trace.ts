// portway trace: what becomes of a packet from one host to another, or to an address, proven by one.
import { parseAddress } from "../../net/address.ts";
import type { TraceAnswer } from "../../wire/trace.ts";
import type { CommandWork } from "../command.ts";
import { nameFrom } from "../names.ts";
import { openingOf } from "../opening.ts";

export const command: CommandWork = {
  about:
    "Has the first host send a packet to the second one, or to an address, and each host on the way count where it passes. An open TCP port sees a connection that is reset at once, a UDP port an empty datagram. Exit status: 0 it got there and, where an answer was due, back; 1 it did not.",
  arguments: [
    { name: "<from>", text: "the host that sends" },
    { name: "<to>", text: "the host that it is for, or an address behind a host or in the internet" },
    { name: "<what>", text: "tcp/PORT, udp/PORT or icmp" },
  ],
  examples: ["portway trace api-1 db-1 tcp/5432", "portway trace laptop 192.168.10.20 tcp/22"],
  run: async (context, [from, to, what]) => {
    const name = nameFrom(from!, "a host's name");
    const other = parseAddress(to!) ? to! : nameFrom(to!, "a host's name or an address");
    const query = { from: name, to: other, ...openingOf(what!) };
    const answer = await context.api().call<TraceAnswer>("trace", { query });
    const last = answer.steps.at(-1)!;
    context.answer(answer, () => {
      const { good, bad } = context.colour;
      const verdict = last.ok ? good("yes") : bad("no");
      const end = last.ok ? `a packet of ${from} got to ${to}` : `it ended at ${last.host}, ${last.layer}`;
      context.print(`${verdict}: ${end}, on ${what}`);
      const rows = answer.steps.map(({ host, layer, ok, text }) => [ok ? good("+") : bad("x"), host, layer, text]);
      context.table(rows, "  ");
    });
    return last.ok ? 0 : 1;
  },
};
