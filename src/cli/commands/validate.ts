// portway validate: checks the file without asking control.
import { parseSpec } from "../../spec/parse.ts";
import type { CommandWork } from "../command.ts";
import { countIssues, defaultFile, fileArgument, readSpecFile, showIssues } from "../spec-file.ts";

export const command: CommandWork = {
  about: "Needs no control. Exit status: 0 valid (there may be warnings), 1 not.",
  arguments: [fileArgument],
  examples: ["portway validate", "portway validate --json staging.yaml | jq '.issues[].message'"],
  run: async (context, [file = defaultFile]) => {
    const { spec, issues } = parseSpec(readSpecFile(file));
    const valid = spec !== undefined;
    context.answer({ file, valid, issues }, () => {
      showIssues(context, file, issues);
      const verdict = valid ? context.colour.good("valid") : context.colour.bad("not valid");
      context.print(`${file}: ${verdict}${issues.length > 0 ? ` (${countIssues(issues)})` : ""}`);
    });
    return valid ? 0 : 1;
  },
};
