// What a command may touch: its output, the person's terminal, the files' places and the control API.
import { existsSync, readFileSync } from "node:fs";
import { readIdentity } from "../lib/identity.ts";
import { type Paths, pathsFrom } from "../lib/paths.ts";
import { AppError } from "../wire/errors.ts";
import { type Api, type ApiTarget, connectApi } from "./api.ts";
import { type Palette, palette } from "./colour.ts";
import type { GlobalOptions } from "./global-options.ts";
import { columns } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export interface Context {
  /** A line for a person or, with --json, nothing: use `answer` for results. */
  readonly print: (line?: string) => void;
  /** Rows in aligned columns, for a person. On a terminal cells fold rather than lines wrap; elsewhere a row is a line. */
  readonly table: (rows: readonly (readonly string[])[], indent?: string) => void;
  /** A line beside the results: progress, notes, warnings. */
  readonly note: (line: string) => void;
  /** The result: JSON with --json, else what `human` prints. */
  readonly answer: (value: unknown, human: () => void) => void;
  /** Text that is the result as it stands, with --json too: a schema, a script, a followed line. */
  readonly raw: (text: string) => void;
  readonly json: boolean;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  /** A person can be asked (both ends are terminals). */
  readonly interactive: boolean;
  readonly colour: Palette;
  readonly paths: Paths;
  readonly env: NodeJS.ProcessEnv;
  /** The control API: the local socket, or --url with a token. */
  readonly api: () => Api;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal;
}

/** The context of one command line. NO_COLOR and pipes switch colours off (no-color.org). */
export function contextFrom(options: GlobalOptions, terminal: Terminal, stop: AbortSignal): Context {
  const { env, outIsTerminal } = terminal;
  const json = options.json === true;
  const coloured = outIsTerminal && !json && options.color !== false && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const paths = pathsFrom(
    {
      ...(options.stateDir !== undefined && { stateDir: options.stateDir }),
      ...(options.runDir !== undefined && { runDir: options.runDir }),
    },
    env,
  );
  const print = (line = "") => {
    if (!json) terminal.out(`${line}\n`);
  };
  return {
    print,
    table: (rows, indent = "") => {
      const room = outIsTerminal ? terminal.width - indent.length : undefined;
      for (const line of columns(rows, room)) print(`${indent}${line}`);
    },
    note: (line) => terminal.err(`${line}\n`),
    answer: (value, human) => {
      if (json) terminal.out(`${JSON.stringify(value, null, 2)}\n`);
      else human();
    },
    raw: terminal.out,
    json,
    terminal: outIsTerminal,
    interactive: outIsTerminal && terminal.inIsTerminal,
    colour: palette(coloured),
    paths,
    env,
    api: () => connectApi(target(options, paths, env)),
    stop,
  };
}

function target(options: GlobalOptions, paths: Paths, env: NodeJS.ProcessEnv): ApiTarget {
  const url = options.url ?? env["PORTWAY_URL"];
  if (url === undefined) return { kind: "socket", path: paths.controlSocket, hint: () => whereControlIs(paths) };
  const file = options.tokenFile ?? env["PORTWAY_TOKEN_FILE"];
  const token = file === undefined ? env["PORTWAY_TOKEN"] : readText(file, "the token").trim();
  if (!token) {
    throw new AppError("usage", `${url} needs an administrator's token`, {
      hint: "set PORTWAY_TOKEN, or give --token-file FILE; `portway token create --admin` makes one",
    });
  }
  const authority = options.authority ?? env["PORTWAY_AUTHORITY"];
  return {
    kind: "remote",
    url,
    token,
    ...(authority !== undefined && { authorityPem: readText(authority, "the authority") }),
  };
}

/** A host that has joined knows where its control is; the control host is a member most often, too. */
function whereControlIs(paths: Paths): string {
  const member = existsSync(paths.control) ? undefined : memberOrNone(paths.identity);
  if (member === undefined)
    return "run this on the control host as root, start control with `portway up`, or give --url and a token";
  const { name, network, controlUrls } = member;
  return `this machine is ${name} of ${network}, whose control is at ${controlUrls.join(", ")}: run this there, or give --url and a token; \`portway netcheck\` and \`portway logs\` work here`;
}

function memberOrNone(folder: string): ReturnType<typeof readIdentity> {
  try {
    return readIdentity(folder);
  } catch {
    return undefined; // not this user's to read
  }
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError("usage", `cannot read ${what} from ${path}: ${(cause as Error).message}`, { cause });
  }
}
