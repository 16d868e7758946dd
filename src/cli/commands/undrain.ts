// portway undrain: serves again what was drained.
import { notDrained, resolveDrainName } from "../../plan/drain-names.ts";
import { type DrainEnded, type DrainsAnswer, drainName } from "../../wire/drains.ts";
import type { CommandWork } from "../command.ts";

export const command: CommandWork = {
  about: "Connections that a drain has not ended go on as they are.",
  arguments: [
    { name: "<names...>", text: "as `portway drain --list` shows them; service:NAME where a name is several" },
  ],
  examples: ["portway undrain host:api-1", "portway undrain orders"],
  run: async (context, words) => {
    const api = context.api();
    const { drains } = await api.call<DrainsAnswer>("drainsList");
    const names = new Set(words.map((text) => drainName(resolveDrainName(text, drains, notDrained)))); // all of them, or none
    const ended: DrainEnded[] = [];
    for (const name of names) ended.push(await api.call<DrainEnded>("drainEnd", { path: { name } }));
    context.answer({ ended }, () => {
      for (const one of ended) context.print(`${context.colour.strong(drainName(one))} is served again`);
    });
    return 0;
  },
};
