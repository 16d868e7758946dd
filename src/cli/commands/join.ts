// portway join: makes this machine a host of a network, and starts its programs.
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { type Identity, readIdentity } from "../../lib/identity.ts";
import { isDnsLabel } from "../../net/dns-name.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork, Options } from "../command.ts";
import type { Context } from "../context.ts";
import { type Keeper, keeperOptions, withKeeper } from "../keeper.ts";

export const command: CommandWork = {
  about:
    "The token comes from `portway token create` on the control host. Other users of this machine can see the arguments of a command: they do not see a token that is read from a file or from standard input. On a machine that has joined already, only its programs are started.",
  arguments: [{ name: "[token]", text: "the token; - reads it from standard input" }],
  options: [
    { flags: "--token-file <file>", text: "read the token from a file" },
    { flags: "--name <name>", text: "this host's name in the network (default: the machine's name)" },
    { flags: "--edge", text: "start the edge too, although the file did not give this host the role when it joined" },
    ...keeperOptions,
  ],
  examples: ["portway join - --name api-1 <token.txt", "portway join --token-file token.txt --foreground"],
  run: async (context, [word], options) => {
    const identity = readIdentity(context.paths.identity);
    const request = identity === undefined ? await readRequest(word, options) : undefined;
    const how = { foreground: options["foreground"] === true, verbose: options["verbose"] === true };
    await withKeeper(context, how, async (keeper) => {
      const { network, name, edge, waiting } = request
        ? await enrol(context, keeper, request)
        : memberAlready(context, identity!);
      const programs = edge || options["edge"] === true ? (["agent", "edge"] as const) : (["agent"] as const);
      for (const program of programs) await keeper.keep({ name: program, words: [] });
      context.answer({ network, name, programs, ...(waiting && { waiting }) }, () => {
        context.print(`started: ${programs.join(" and ")}; \`portway logs -f\` follows what happens`);
      });
    });
    return 0;
  },
};

/** What joining needs of the person. */
interface Request {
  readonly name: string;
  readonly token: string;
}

interface Membership {
  readonly network: string;
  readonly name: string;
  /** This host is an edge. */
  readonly edge: boolean;
  /** An administrator has to approve it. */
  readonly waiting?: boolean;
}

async function readRequest(word: string | undefined, options: Options): Promise<Request> {
  const name = nameFrom((options["name"] as string | undefined) ?? hostname().split(".")[0]!.toLowerCase());
  return { name, token: await readToken(word, options["tokenFile"] as string | undefined) };
}

async function enrol(context: Context, keeper: Keeper, { name, token }: Request): Promise<Membership> {
  const { join } = await import("../../agent/main.ts");
  const { network, roles, waiting = false } = await join({ token, name, paths: context.paths });
  await keeper.handOver();
  if (waiting) {
    context.print(`${name} has asked to join ${network}, and waits for approval. On the control host:`);
    context.print(`  sudo portway approve ${name}`);
  } else context.print(`${name} has joined ${network}`);
  return { network, name, edge: roles.includes("edge"), waiting };
}

/** An edge that ran here once runs again. */
function memberAlready({ print, paths }: Context, { network, name }: Identity): Membership {
  print(`this host is a member of ${network} already, as ${name}`);
  if (existsSync(paths.control))
    print("control runs here: `portway up` starts all, and lets this host in if it was removed");
  return { network, name, edge: existsSync(paths.edge) };
}

function nameFrom(name: string): string {
  if (isDnsLabel(name)) return name;
  throw new AppError("usage", `${name} cannot be a host's name`, {
    hint: "give --name with lower-case letters, digits and hyphens, 63 at most",
  });
}

async function readToken(word: string | undefined, file: string | undefined): Promise<string> {
  if ((word === undefined) === (file === undefined)) {
    throw new AppError("usage", word === undefined ? "join needs a token" : "a token, or a file with one: not both", {
      hint: "make one on the control host with `portway token create`",
    });
  }
  if (file === undefined) return (word === "-" ? await text(process.stdin) : word!).trim();
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new AppError("usage", `cannot read the token from ${file}: ${(cause as Error).message}`, { cause });
  }
}
