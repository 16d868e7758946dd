// portway up: starts everything on the host that runs control, or goes on where it was.
import { hostname } from "node:os";
import { formatEndpoint } from "../../net/endpoint.ts";
import type { Spec } from "../../spec/types.ts";
import { AppError } from "../../wire/errors.ts";
import type { HostsAnswer } from "../../wire/hosts.ts";
import type { CommandWork, Options } from "../command.ts";
import type { Context } from "../context.ts";
import { bringUp, type ControlHost } from "../control-host.ts";
import { keeperOptions, withKeeper } from "../keeper.ts";
import { defaultListen, defaultPort, parseListen } from "../listen.ts";
import { defaultFile, fileArgument, readSpecFile, refuseInvalid } from "../spec-file.ts";

export const command: CommandWork = {
  about:
    "Starts control, applies the file if none was, joins this host, starts its agent and, if it has the role, its edge. What is done already is left as it is.",
  arguments: [fileArgument],
  options: [
    {
      flags: "--host <name>",
      text: "which host of the file this machine is (else its only edge, or the machine's name)",
    },
    {
      flags: "--advertise <url>",
      text: `how hosts reach control (else https://ENDPOINT:${defaultPort}, from the file)`,
    },
    { flags: "--listen <address>", text: "where control listens", fallback: defaultListen },
    ...keeperOptions,
  ],
  examples: ["portway up", "portway up --foreground --host edge-1"],
  run: async (context, [file = defaultFile], options) => {
    const bytes = readSpecFile(file);
    const spec = refuseInvalid(context, file, bytes);
    const host = describe(spec, file, bytes.toString(), options);
    const how = { foreground: options["foreground"] === true, verbose: options["verbose"] === true };
    await withKeeper(context, how, async (keeper) => {
      await bringUp(context, keeper, host);
      await tellNext(context, host);
    });
    return 0;
  },
};

function describe(spec: Spec, file: string, text: string, options: Options): ControlHost {
  const name = thisHost(spec, options["host"] as string | undefined);
  const listen = options["listen"] as string;
  const { port } = parseListen(listen);
  const endpoint = spec.hosts[name]!.endpoint;
  const url =
    (options["advertise"] as string | undefined) ??
    (endpoint && `https://${formatEndpoint({ host: endpoint.host, port })}`);
  if (url === undefined) {
    throw new AppError("usage", `${file} gives ${name} no endpoint, so other hosts would not find control`, {
      hint: `add endpoint: NAME:51820 to ${name}, or give --advertise https://NAME:${port}`,
    });
  }
  return { name, file, text, spec, url, listen, localUrl: `https://localhost:${port}` };
}

/** Which host of the file this machine is. */
function thisHost(spec: Spec, given: string | undefined): string {
  const names = Object.keys(spec.hosts);
  const edges = names.filter((name) => spec.hosts[name]!.roles.includes("edge"));
  const machine = hostname().split(".")[0]!;
  const name = given ?? (names.includes(machine) ? machine : edges.length === 1 ? edges[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  throw new AppError("usage", given ? `the file names no host ${given}` : "which host of the file is this machine?", {
    hint: `give --host with one of: ${names.join(", ")}`,
  });
}

async function tellNext(context: Context, { spec, url, file }: ControlHost): Promise<void> {
  const { hosts } = await context.api().call<HostsAnswer>("hostsList");
  const missing = hosts.filter((host) => !host.joined && host.waitingSince === undefined).map((host) => host.name);
  context.answer({ up: true, network: spec.network.name, missing }, () => {
    context.print(context.colour.good("portway is up"));
    for (const line of nextSteps(missing, url, hosts.length === 1 ? file : undefined)) context.print(line);
  });
}

/** What a person does now: the hosts that are missing (`alone`: the file, when it names this one only), where all is seen. */
export function nextSteps(missing: readonly string[], url: string, alone?: string): readonly string[] {
  const [first] = missing;
  const steps =
    first === undefined
      ? alone === undefined
        ? ["Every host of the file has joined."]
        : toAnother(alone)
      : [
          `Next, for each host that has not joined yet (${missing.join(", ")}):`,
          `  sudo portway token create --host ${first}   here; it prints the TOKEN`,
          `  sudo portway join TOKEN --name ${first}     there`,
        ];
  return [
    "",
    ...steps,
    "See it all:",
    "  sudo portway status",
    `  ${url}/   the dashboard, for the token that \`sudo portway token create --admin\` prints`,
  ];
}

const toAnother = (file: string): readonly string[] => [
  `This is the only host that ${file} names. Next: name another there (such as api-1), what it serves and to whom, then`,
  `  sudo portway apply ${file}`,
  "  sudo portway token create --host api-1   here; it prints the TOKEN",
  "  sudo portway join TOKEN --name api-1     there",
];
