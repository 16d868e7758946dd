// portway plan: what a change of the file will do, before it is done.
import type { Plan } from "../../wire/plan.ts";
import type { Command } from "../command.ts";
import { showPlan } from "../show-plan.ts";
import { defaultFile, readSpecFile } from "../spec-file.ts";
import { refuseInvalid } from "./validate.ts";

export const plan: Command = {
  summary: "show what applying the file would change (exit 0: nothing, 2: something, 1: error)",
  arguments: [{ name: "[file]", text: `the file (default ${defaultFile}; - reads standard input)` }],
  examples: ["portway plan", "portway plan --json | jq '.changes[].name'"],
  run: async (context, [file = defaultFile]) => {
    const text = readSpecFile(file);
    refuseInvalid(context, file, text);
    const answer = await context.api().call<Plan>("specPlan", { body: { text: text.toString() } });
    context.answer(answer, () => showPlan(context, answer));
    return answer.changes.length > 0 ? 2 : 0;
  },
};
