// portway reject: turns away a host that asked to join.
import type { RevisionAnswer } from "../../wire/api.ts";
import type { CommandWork } from "../command.ts";

export const command: CommandWork = {
  about: "Its credential is void at once, and its token stays used up. Its agent ends.",
  arguments: [{ name: "<host>", text: "the host that waits" }],
  run: async (context, [name]) => {
    const answer = await context.api().call<RevisionAnswer>("hostReject", { path: { name: name! } });
    context.answer(answer, () => context.print(`${name} is turned away`));
    return 0;
  },
};
