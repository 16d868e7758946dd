// portway init: a first file, valid as it is, with what comes next as comments in it.

import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { isDnsLabel } from "../../net/dns-name.ts";
import { formatEndpoint } from "../../net/endpoint.ts";
import { exampleSpec } from "../../spec/example.ts";
import { parseSpec } from "../../spec/parse.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import { defaultFile, writeFile } from "../spec-file.ts";

const exampleEndpoint = "edge.example.com:51820";

export const command: CommandWork = {
  arguments: [{ name: "[file]", text: `where to write it (default ${defaultFile})` }],
  options: [
    { flags: "--network <name>", text: "the network's name", fallback: "portway" },
    { flags: "--host <name>", text: "the public host's name (default: this machine's)" },
    {
      flags: "--endpoint <address>",
      text: "where other hosts reach it: a public name or address, and a UDP port (51820 if left out)",
      fallback: exampleEndpoint,
    },
    { flags: "--force", text: "replace a file that is there" },
  ],
  examples: ["portway init --network acme --host edge-1 --endpoint edge.example.com:51820"],
  run: async (context, [file = defaultFile], options) => {
    const machine = hostname().split(".")[0]!.toLowerCase();
    const edge = (options["host"] as string | undefined) ?? (isDnsLabel(machine) ? machine : "edge-1");
    const network = options["network"] as string;
    const written = { network, edge, endpoint: options["endpoint"] as string };
    const { spec, issues } = parseSpec(exampleSpec(written));
    const problem = issues.find((issue) => issue.severity === "error");
    if (problem) throw new AppError("usage", problem.message, { hint: problem.hint });
    const endpoint = formatEndpoint(spec!.hosts[edge]!.endpoint!); // with its port, which may have been left out
    const text = exampleSpec({ ...written, endpoint });
    if (existsSync(file) && options["force"] !== true) {
      throw new AppError("usage", `${file} is there already`, { hint: "give another name, or --force to replace it" });
    }
    writeFile(file, text, 0o644);
    context.answer({ file, network, host: edge, endpoint }, () => {
      context.print(`${file} is written: network ${network}, public host ${edge} at ${endpoint}`);
      if (endpoint === exampleEndpoint)
        context.print(`Put this machine's public name or address in place of ${endpoint}.`);
      context.print();
      context.print("Next: edit it, then");
      const named = file === defaultFile ? "" : ` ${file}`;
      context.print(`  portway validate${named}     check it`);
      context.print(`  sudo portway up${named}      start Portway on this machine`);
    });
    return 0;
  },
};
