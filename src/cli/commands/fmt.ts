// portway fmt: the file in its usual form, comments kept.

import { formatSpec } from "../../spec/format.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import { countIssues, defaultFile, fileArgument, readSpecFile, rewriteSpecFile, showIssues } from "../spec-file.ts";

export const command: CommandWork = {
  about: "Comments stay. The file need not be valid, only readable. Standard input is printed in its usual form.",
  arguments: [fileArgument],
  options: [{ flags: "--check", text: "change nothing; exit status 1 if it is not in its usual form" }],
  run: async (context, [file = defaultFile], options) => {
    const before = readSpecFile(file).toString();
    const { text, issues } = formatSpec(before);
    if (text === undefined) {
      if (!context.json) showIssues(context, file, issues);
      throw new AppError("invalidSpec", `${file} cannot be read: ${countIssues(issues)}`, { details: { issues } });
    }
    const changed = text !== before;
    const check = options["check"] === true;
    if (file === "-" && !check) {
      context.raw(text);
      return 0;
    }
    if (changed && !check) rewriteSpecFile(file, text);
    context.answer({ file, changed }, () => {
      if (changed) context.print(check ? `${file} is not in its usual form: \`portway fmt\`` : `${file} is rewritten`);
    });
    return check && changed ? 1 : 0;
  },
};
