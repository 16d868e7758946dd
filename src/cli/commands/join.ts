// portway join: makes this machine a host of a network, and starts its programs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { type Identity, readIdentity } from "../../lib/identity.ts";
import { isDnsLabel } from "../../net/dns-name.ts";
import { AppError } from "../../wire/errors.ts";
import { decodeToken } from "../../wire/token.ts";
import { removedStatus } from "../child.ts";
import type { CommandWork, Options } from "../command.ts";
import type { Context } from "../context.ts";
import { type Keeper, keeperOptions, withKeeper } from "../keeper.ts";
import { nameFrom } from "../names.ts";

export const command: CommandWork = {
  about:
    "The token comes from `portway token create` on the control host. Other users of this machine can see the arguments of a command: they do not see a token that is read from a file or from standard input. On a machine that has joined already, only its programs are started.",
  arguments: [{ name: "[token]", text: "the token; - reads it from standard input" }],
  options: [
    { flags: "--token-file <file>", text: "read the token from a file" },
    { flags: "--name <name>", text: "this host's name in the network (default: the machine's name)" },
    {
      flags: "--allow-hooks",
      text: "let this machine run the commands that the central file has for it (hooks), also from now on if it has joined",
    },
    { flags: "--edge", text: "start the edge too, although the file did not give this host the role when it joined" },
    ...keeperOptions,
  ],
  examples: ["portway join - --name api-1 <token.txt", "portway join --token-file token.txt --foreground"],
  run: async (context, [word], options) => {
    const identity = readIdentity(context.paths.identity);
    const request = identity === undefined ? await readRequest(word, options) : undefined;
    if (options["allowHooks"] === true) allowHooks(context);
    const how = { foreground: options["foreground"] === true, verbose: options["verbose"] === true };
    const end = await withKeeper(context, how, async (keeper) => {
      const { network, name, edge, waiting } = request
        ? await enrol(context, keeper, request)
        : memberAlready(context, identity!);
      const programs = edge || options["edge"] === true ? (["agent", "edge"] as const) : (["agent"] as const);
      for (const program of programs) await keeper.keep({ name: program, words: [] });
      context.answer({ network, name, programs, ...(waiting && { waiting }) }, () => {
        context.print(`started: ${programs.join(" and ")}; \`portway logs -f\` follows what happens`);
      });
    });
    return end === "over" ? removedStatus : 0;
  },
};

/** Whoever may write the file has the rights of the agent here from then on. */
function allowHooks({ paths, print }: Context): void {
  mkdirSync(dirname(paths.allowHooks), { recursive: true });
  writeFileSync(paths.allowHooks, "");
  print(`this machine runs the commands that the central file has for it, until ${paths.allowHooks} is removed`);
}

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

const howToGetOne = "make one on the control host with `portway token create`";

async function readRequest(word: string | undefined, options: Options): Promise<Request> {
  const name = hostName(options["name"] as string | undefined);
  const token = await readToken(word, options["tokenFile"] as string | undefined);
  decodeToken(token); // one that is none is refused before anything starts
  return { name, token };
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

function hostName(given: string | undefined): string {
  if (given !== undefined) return nameFrom(given, "a host's name");
  const machine = hostname().split(".")[0]!.toLowerCase();
  if (isDnsLabel(machine)) return machine;
  throw new AppError("usage", `this machine's name, ${machine}, cannot be a host's`, { hint: "give --name" });
}

async function readToken(word: string | undefined, file: string | undefined): Promise<string> {
  if ((word === undefined) === (file === undefined)) {
    throw new AppError("usage", word === undefined ? "join needs a token" : "a token, or a file with one: not both", {
      hint: howToGetOne,
    });
  }
  const token = (file !== undefined ? readTokenFile(file) : word === "-" ? await text(process.stdin) : word!).trim();
  if (token !== "") return token;
  const where = file ?? (word === "-" ? "standard input" : "that word");
  throw new AppError("usage", `${where} holds no token: it is empty`, { hint: howToGetOne });
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    if (["EACCES", "EPERM"].includes(code)) throw cause;
    const text = code === "ENOENT" ? `there is no ${file} to read the token from` : `cannot read ${file}: ${message}`;
    throw new AppError("notFound", text, { cause, hint: "name the file that holds it, or give - and type it" });
  }
}
