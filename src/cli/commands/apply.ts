// portway apply: makes the network and the gateway what the file says, bound to the plan that was shown.
import type { ApplyAnswer } from "../../wire/api.ts";
import type { Plan } from "../../wire/plan.ts";
import type { Command } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { showPlan } from "../show-plan.ts";
import { defaultFile, readSpecFile } from "../spec-file.ts";
import { refuseInvalid } from "./validate.ts";

export const apply: Command = {
  summary: "show the plan, ask, and apply the file",
  arguments: [{ name: "[file]", text: `the file (default ${defaultFile}; - reads standard input)` }],
  options: [
    { flags: "-y, --yes", text: "do not ask" },
    {
      flags: "--revision <number>",
      text: "refuse unless this is the revision now in force (from `plan --json`: baseRevision)",
    },
  ],
  run: async (context, [file = defaultFile], options) => {
    const text = readSpecFile(file);
    refuseInvalid(context, file, text);
    const api = context.api();
    const shown = await api.call<Plan>("specPlan", { body: { text: text.toString() } });
    if (!context.json) showPlan(context, shown);
    if (shown.changes.length === 0) {
      context.answer({ revision: shown.baseRevision, plan: shown }, () => {});
      return 0;
    }
    if (!(await confirmed(context, options["yes"] === true, "apply this?"))) {
      context.note("nothing was changed");
      return 1;
    }
    const expectedRevision = options["revision"] === undefined ? shown.baseRevision : Number(options["revision"]);
    const answer = await api.call<ApplyAnswer>("specApply", { body: { text: text.toString(), expectedRevision } });
    context.answer(answer, () => context.print(`${context.colour.good("applied")} as revision ${answer.revision}`));
    return 0;
  },
};
