// portway token: what lets a host join, or a person administer from afar.
import type { TokenCreated, TokenRequest, TokensAnswer, TokenView } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import type { Command, CommandWork } from "../command.ts";
import { durationMs } from "../duration.ts";
import { nameFrom } from "../names.ts";
import { ago, until } from "../when.ts";

const create: Command = {
  summary: "make a token: one string that lets one host join",
  options: [
    { flags: "--tag <tag>", text: "a tag that the host gets (may be given again)", repeat: true },
    { flags: "--host <name>", text: "only a host of this name may use it" },
    { flags: "--ephemeral", text: "the host goes for good, and its address is free, when it goes: a CI runner" },
    { flags: "--expires <duration>", text: "how long it is valid", fallback: "1h" },
    { flags: "--admin", text: "a token for an administrator instead (used with --url; valid until it expires)" },
  ],
  examples: ["portway token create --host api-1", "portway token create --tag api --expires 10m"],
  run: async (context, _words, options) => {
    const admin = options["admin"] === true;
    const tags = ((options["tag"] as readonly string[] | undefined) ?? []).map((tag) => nameFrom(tag, "a tag"));
    const host = options["host"] === undefined ? undefined : nameFrom(options["host"] as string, "a host's name");
    const ephemeral = options["ephemeral"] === true;
    if (admin && (tags.length > 0 || host !== undefined || ephemeral)) {
      throw new AppError("usage", "--admin goes with neither --tag nor --host nor --ephemeral", {
        hint: "those are for tokens that hosts join with",
      });
    }
    const body: TokenRequest = {
      kind: admin ? "admin" : "join",
      expiresInMs: expiry(options["expires"] as string),
      ...(tags.length > 0 && { tags }),
      ...(ephemeral && { ephemeral }),
      ...(host !== undefined && { host }),
    };
    const made = await context.api().call<TokenCreated>("tokenCreate", { body });
    context.answer(made, () => {
      context.print(made.token);
      for (const { text, hint } of made.warnings ?? []) {
        context.note(`${context.colour.warn("warning")}: ${text}`);
        context.note(`    ${hint}`);
      }
      if (!context.terminal) return;
      context.note(`It is shown this once, and expires ${until(made.expiresAt)}.`);
      context.note(
        admin
          ? "Use it with --url and PORTWAY_TOKEN."
          : `On the host: portway join TOKEN --name ${made.host ?? "NAME"}`,
      );
    });
    return 0;
  },
};

const yearMs = 366 * 24 * 3_600_000;

function expiry(text: string): number {
  const ms = durationMs(text, "--expires");
  if (ms >= 1000 && ms <= yearMs) return ms;
  throw new AppError("usage", `--expires ${text} is not between 1s and 366d`, { hint: "write 1h, or leave it out" });
}

const newestFirst = (a: TokenView, b: TokenView) => Date.parse(b.createdAt) - Date.parse(a.createdAt);

const list: Command = {
  summary: "list tokens (never their secrets)",
  run: async (context) => {
    const answer = await context.api().call<TokensAnswer>("tokensList");
    context.answer(answer, () => {
      if (answer.tokens.length === 0) return context.print("no tokens; `portway token create` makes one");
      const rows = answer.tokens
        .toSorted(newestFirst)
        .map((token) => [
          token.id,
          token.kind,
          token.state === "valid" ? context.colour.good(token.state) : context.colour.dim(token.state),
          token.host ?? (token.tags.join(",") || "-"),
          token.usedBy ? `used by ${token.usedBy}` : `made ${ago(token.createdAt)}, expires ${until(token.expiresAt)}`,
        ]);
      context.table([["ID", "KIND", "STATE", "FOR", "USE"], ...rows]);
    });
    return 0;
  },
};

const revoke: Command = {
  summary: "make a token worthless before it expires",
  arguments: [{ name: "<id>", text: "as `portway token list` shows it" }],
  run: async (context, [id]) => {
    const answer = await context.api().call("tokenRevoke", { path: { id: id! } });
    context.answer(answer, () => context.print(`token ${id} is revoked`));
    return 0;
  },
};

export const command: CommandWork = { usual: "list", commands: { create, list, revoke } };
