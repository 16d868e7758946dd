// portway expose: one port of one host becomes public, by an edit of the file that a person can read and undo.
import { parsePort } from "../../net/endpoint.ts";
import { type Exposed, type Exposure, exposeService } from "../../spec/expose.ts";
import { Fault } from "../../spec/issue.ts";
import { AppError } from "../../wire/errors.ts";
import { applyText, planText } from "../apply-text.ts";
import type { CommandWork, Options } from "../command.ts";
import type { Context } from "../context.ts";
import { showPlan } from "../show-plan.ts";
import { defaultFile, readSpecFile, rewriteSpecFile } from "../spec-file.ts";

export const command: CommandWork = {
  about:
    "Adds to the file what it lacks: an access rule, a service and a route. All other lines stay as they are. The route has no plugins: anybody may call it until the file says otherwise.",
  arguments: [{ name: "<host:port>", text: "a host of the network, and the port that it serves" }],
  options: [
    { flags: "--host <name>", text: "the public name, such as api.example.com" },
    { flags: "--path <path>", text: "only requests below this path (/orders/), or exactly this one (/orders)" },
    { flags: "--name <name>", text: "the route's name" },
    { flags: "--file <file>", text: "the file to edit", fallback: defaultFile },
    { flags: "--apply", text: "apply the file too, after showing the plan" },
    { flags: "-y, --yes", text: "with --apply: do not ask" },
  ],
  examples: [
    "portway expose api-1:8080 --host api.example.com",
    "portway expose api-1:8080 --host api.example.com --apply",
  ],
  run: async (context, [target], options) => {
    const file = options["file"] as string;
    const exposure = exposureFrom(target!, options);
    const { text, added } = edited(file, exposure);
    rewriteSpecFile(file, text);
    for (const { section, entry } of added) context.print(`${context.colour.good("+")} ${section}: ${entry}`);
    const apply = options["apply"] === true;
    const outcome = apply ? await applied(context, text, options["yes"] === true) : await planned(context, file, text);
    context.answer({ file, added, ...outcome }, () => {});
    return apply && outcome.revision === undefined ? 1 : 0;
  },
};

function exposureFrom(target: string, options: Options): Exposure {
  const [, host = "", portText = ""] = /^([^:]+):([^:]+)$/.exec(target) ?? [];
  const port = parsePort(portText);
  const hostname = options["host"] as string | undefined;
  if (port === undefined) {
    throw new AppError("usage", `${target} is not a host and a port`, { hint: "such as api-1:8080" });
  }
  if (hostname === undefined) {
    throw new AppError("usage", "expose needs the public name", { hint: "give --host api.example.com" });
  }
  const [path, name] = [options["path"] as string | undefined, options["name"] as string | undefined];
  return { host, port, hostname, ...(path !== undefined && { path }), ...(name !== undefined && { name }) };
}

function edited(file: string, exposure: Exposure): Exposed {
  const exposed = exposeService(readSpecFile(file).toString(), exposure);
  if (exposed instanceof Fault && exposed.code === "invalidSpec") {
    throw new AppError("invalidSpec", `${file} is not valid: ${exposed.message}`, {
      hint: `mend it first: portway validate${named(file)}`,
    });
  }
  if (exposed instanceof Fault) throw new AppError("invalidSpec", exposed.message, { hint: exposed.hint });
  return exposed;
}

async function applied(context: Context, text: string, yes: boolean) {
  const answer = await applyText(context, text, { yes });
  return { ...(answer && { revision: answer.revision, plan: answer.plan }) };
}

const named = (file: string) => (file === defaultFile ? "" : ` ${file}`);

/** The edit counts also where no control can say what it would do. */
async function planned(context: Context, file: string, text: string) {
  try {
    const plan = await planText(context, text);
    if (!context.json) showPlan(context, plan);
    context.print(`\`portway apply${named(file)}\` applies it`);
    return { plan, revision: undefined };
  } catch (error) {
    if (!(error instanceof AppError) || !["notRunning", "unreachable"].includes(error.code)) throw error;
    context.note(`no plan: ${error.message}`);
    return { revision: undefined };
  }
}
