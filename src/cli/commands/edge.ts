// portway edge: runs the edge of this host in the foreground; what its unit starts.
import { systemClock } from "../../lib/clock.ts";
import { exec } from "../../lib/exec.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import { logLevelOption, programLog, removedStatus, untilStopped } from "../run-program.ts";

const defaultMetrics = "127.0.0.1:9145";

export const command: CommandWork = {
  plain: true,
  about:
    "Logs one JSON object a line to standard error. nginx goes on serving when it ends. Exit status 3: control has removed this host.",
  options: [
    { flags: "--external-nginx", text: "a service manager starts nginx; only write its files and signal it" },
    { flags: "--metrics <address>", text: "where Prometheus asks for /metrics, or off", fallback: defaultMetrics },
    { flags: "--stop-nginx", text: "when it ends, let nginx finish its requests and stop it" },
    logLevelOption,
  ],
  run: async (context, _words, options) => {
    const metricsListen = metricsFrom(options["metrics"] as string);
    const { runEdge } = await import("../../edge/main.ts");
    const edge = await runEdge({
      paths: context.paths,
      clock: systemClock,
      exec,
      log: programLog("edge", options),
      nginx: options["externalNginx"] === true ? "external" : "spawn",
      metricsListen,
    });
    const how = await Promise.race([edge.removed.then(() => "removed"), untilStopped(context)]);
    await edge.close({ stopNginx: options["stopNginx"] === true });
    return how === "removed" ? removedStatus : 0;
  },
};

function metricsFrom(text: string) {
  if (text === "off") return null;
  const parsed = parseEndpoint(text, 9145);
  if (parsed !== undefined) return parsed;
  throw new AppError("usage", `--metrics ${text} is not an address and a port`, { hint: `such as ${defaultMetrics}` });
}
