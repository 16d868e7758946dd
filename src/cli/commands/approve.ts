// portway approve: lets in a host that asked to join.
import type { RevisionAnswer } from "../../wire/api.ts";
import type { CommandWork } from "../command.ts";

export const command: CommandWork = {
  about:
    "Where the file says `join: { approve: true }`, a host that joins is told nothing and has no peer until this. `portway hosts show NAME` shows its identity and tags.",
  arguments: [{ name: "<host>", text: "the host that waits" }],
  run: async (context, [name]) => {
    const answer = await context.api().call<RevisionAnswer>("hostApprove", { path: { name: name! } });
    context.answer(answer, () => context.print(`${name} has joined`));
    return 0;
  },
};
