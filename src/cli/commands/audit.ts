// portway audit: who changed what, and whether the record is whole.
import type { AuditAnswer, AuditVerification } from "../../wire/api.ts";
import type { Command, CommandWork } from "../command.ts";
import { wholeNumber } from "../numbers.ts";

const list: Command = {
  summary: "list entries, newest first",
  options: [
    { flags: "--limit <count>", text: "how many", fallback: "50" },
    { flags: "--before <sequence>", text: "go on from an earlier listing" },
  ],
  run: async (context, _words, options) => {
    const limit = wholeNumber(options["limit"] as string, "--limit");
    const before = options["before"] === undefined ? undefined : wholeNumber(options["before"] as string, "--before");
    const query = { limit, ...(before !== undefined && { before }) };
    const answer = await context.api().call<AuditAnswer>("audit", { query });
    context.answer(answer, () => {
      const rows = answer.entries.map((entry) => [
        String(entry.sequence),
        entry.at,
        entry.author,
        context.colour.strong(entry.action),
        entry.subject,
        context.colour.dim(summaryOf(entry.details)),
      ]);
      context.table([["#", "AT", "AUTHOR", "ACTION", "SUBJECT", "DETAILS"], ...rows]);
    });
    return 0;
  },
};

const verify: Command = {
  summary: "check that no entry was changed, removed or reordered",
  run: async (context) => {
    const result = await context.api().call<AuditVerification>("auditVerify");
    context.answer(result, () => {
      if (result.ok) {
        context.print(`${context.colour.good("whole")}: ${result.entries} entries, head ${result.head}`);
        context.print("Keep the head elsewhere: a chain that was rewritten from its start has another one.");
      } else {
        context.print(
          `${context.colour.bad("broken")} at entry ${result.problem?.sequence}: ${result.problem?.reason}`,
        );
      }
    });
    return result.ok ? 0 : 1;
  },
};

export const command: CommandWork = { usual: "list", commands: { list, verify } };

function summaryOf(details: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(details).map(
    ([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  return text.join(" ").slice(0, 120);
}
