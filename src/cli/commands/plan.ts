// portway plan: what a change of the file will do, before it is done.
import { planText } from "../apply-text.ts";
import type { CommandWork } from "../command.ts";
import { showPlan } from "../show-plan.ts";
import { defaultFile, fileArgument, readSpecFile, refuseInvalid } from "../spec-file.ts";

export const command: CommandWork = {
  about: "Exit status: 0 nothing would change, 2 something would, 1 error.",
  arguments: [fileArgument],
  examples: ["portway plan", "portway plan --json | jq '.changes[].name'"],
  run: async (context, [file = defaultFile]) => {
    const bytes = readSpecFile(file);
    refuseInvalid(context, file, bytes);
    const plan = await planText(context, bytes.toString());
    context.answer(plan, () => showPlan(context, plan));
    return plan.changes.length > 0 ? 2 : 0;
  },
};
