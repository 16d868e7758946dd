// portway audit: who changed what, and whether the record is whole.
import { type AuditAnswer, type AuditVerification, auditPage } from "../../wire/audit.ts";
import { AppError } from "../../wire/errors.ts";
import type { Command, CommandWork } from "../command.ts";
import { wholeNumber } from "../numbers.ts";

const list: Command = {
  summary: "list entries, newest first",
  options: [
    { flags: "--limit <count>", text: `how many, ${auditPage} at most`, fallback: "50" },
    { flags: "--before <sequence>", text: "go on from an earlier listing" },
  ],
  run: async (context, _words, options) => {
    const limit = wholeNumber(options["limit"] as string, "--limit", 1, auditPage);
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
  about:
    "Whoever can write the registry can remove the newest entries and set the head back, or write all entries anew: a head that was kept elsewhere shows that. Keep the one that this prints (with --json: `head`), and give it the next time.",
  options: [{ flags: "--head <hash>", text: "a head kept from an earlier time: the chain has to pass through it" }],
  examples: ["portway audit verify --head 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"],
  run: async (context, _words, options) => {
    const head = options["head"] === undefined ? undefined : entryHash(options["head"] as string);
    const query = { ...(head !== undefined && { head }) };
    const result = await context.api().call<AuditVerification>("auditVerify", { query });
    context.answer(result, () => {
      if (result.ok) {
        context.print(`${context.colour.good("whole")}: ${result.entries} entries, head ${result.head}`);
        if (result.keptAt !== undefined)
          context.print(`It passes through the head that was kept, entry ${result.keptAt}.`);
        context.print(`Keep this head elsewhere, for the next time: portway audit verify --head ${result.head}`);
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

function entryHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new AppError("usage", `--head takes 64 hexadecimal digits, not ${text}`, {
    hint: "the hash that `portway audit verify` printed as head",
  });
}

function summaryOf(details: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(details).map(
    ([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  return text.join(" ");
}
