// portway can: whether one host may reach another, by which rule, and by which way.
import { parseAddress } from "../../net/address.ts";
import { isInternet } from "../../net/internet.ts";
import { parsePrefixOrAddress } from "../../net/prefix.ts";
import type { CanAnswer } from "../../wire/can.ts";
import type { CommandWork } from "../command.ts";
import { nameFrom } from "../names.ts";
import { openingOf } from "../opening.ts";

export const command: CommandWork = {
  about:
    "Answers from the state that is compiled for the hosts, and from what the first one says of its paths: no packet is sent. Exit status: 0 it can, 1 it cannot.",
  arguments: [
    { name: "<from>", text: "the host that opens the connection" },
    { name: "<to>", text: "the host that it reaches, or an address behind a host or in the internet" },
    { name: "<what>", text: "tcp/PORT, udp/PORT or icmp" },
  ],
  examples: ["portway can api-1 db-1 tcp/5432", "portway can laptop 192.168.10.20 tcp/22"],
  run: async (context, [from, to, what]) => {
    const name = nameFrom(from!, "a host's name");
    const other = parseAddress(to!) ? to! : nameFrom(to!, "a host's name or an address");
    const query = { from: name, to: other, ...openingOf(what!) };
    const answer = await context.api().call<CanAnswer>("can", { query });
    const can = answer.allowed && answer.steps.every(({ ok }) => ok);
    context.answer(answer, () => {
      const { good, bad } = context.colour;
      const verdict = can ? good("yes") : bad("no");
      const rule = answer.rule ? `, by the rule on line ${answer.rule.line}: ${answer.rule.text}` : "";
      context.print(`${verdict}: ${from} ${can ? "can" : "cannot"} reach ${to} on ${what}${rule}`);
      const rows = answer.steps.map(({ host, layer, ok, text }) => [ok ? good("+") : bad("x"), host, layer, text]);
      context.table(rows, "  ");
      if (answer.steps.some(({ layer, ok }) => layer === "rule" && !ok))
        context.print(`to allow it, add to access: ${ruleFor(answer)}`);
    });
    return can ? 0 : 1;
  },
};

/** For an address in the internet a rule says `internet`; for any other the host that leads there has it in its `routes`. */
function ruleFor({ from, to, protocol, port }: CanAnswer): string {
  const address = parsePrefixOrAddress(to);
  const target = address && isInternet(address) ? "internet" : to;
  return `- { from: [${from}], to: [${target}], allow: [${port === undefined ? protocol : `${protocol}/${port}`}] }`;
}
