// portway apply: makes the network and the gateway what the file says, bound to the plan that was shown.
import type { ConfirmAnswer } from "../../wire/api.ts";
import { applyText } from "../apply-text.ts";
import type { CommandWork } from "../command.ts";
import { wholeNumber } from "../numbers.ts";
import { defaultFile, fileArgument, readSpecFile, refuseInvalid } from "../spec-file.ts";

export const command: CommandWork = {
  arguments: [fileArgument],
  options: [
    { flags: "-y, --yes", text: "do not ask" },
    { flags: "--revision <number>", text: "refuse unless this revision is in force (baseRevision of `plan --json`)" },
    { flags: "--force", text: "also where it cuts hosts off from control; undone after 60 s unless confirmed" },
    { flags: "--confirm", text: "keep what was applied with --force, instead of applying anything" },
  ],
  examples: ["portway apply", "portway apply --yes --revision 12"],
  run: async (context, [file = defaultFile], options) => {
    if (options["confirm"] === true) {
      const answer = await context.api().call<ConfirmAnswer>("specConfirm", {});
      context.answer(answer, () => context.print(`${context.colour.good("confirmed")} as revision ${answer.revision}`));
      return 0;
    }
    const bytes = readSpecFile(file);
    refuseInvalid(context, file, bytes);
    const revision = options["revision"] as string | undefined;
    const answer = await applyText(context, bytes.toString(), {
      yes: options["yes"] === true,
      force: options["force"] === true,
      ...(revision !== undefined && { expectedRevision: wholeNumber(revision, "--revision", 0) }),
    });
    if (answer === undefined) return 1;
    context.answer(answer, () => {});
    return 0;
  },
};
