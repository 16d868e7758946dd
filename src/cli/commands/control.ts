// portway control: runs control in the foreground; what its unit starts.
import { systemClock } from "../../lib/clock.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import { defaultListen, parseListen } from "../listen.ts";
import { logLevelOption, programLog, untilStopped } from "../run-program.ts";

/** Beside 9145, the edge's, and 9146, the agent's. */
const defaultMetricsPort = 9147;
const defaultMetrics = `[::]:${defaultMetricsPort}`;

export const command: CommandWork = {
  plain: true,
  about: "Logs one JSON object a line to standard error. `portway up` starts it, with all else that a host needs.",
  options: [
    { flags: "--listen <address>", text: `address and port of the API (PORTWAY_LISTEN; default ${defaultListen})` },
    {
      flags: "--advertise <url>",
      text: "how hosts reach it, https://NAME:PORT (may be given again; PORTWAY_ADVERTISE, separated by spaces)",
      repeat: true,
    },
    {
      flags: "--metrics <address>",
      text: "where Prometheus asks for /metrics, on loopback and the overlay alone, or off",
      fallback: defaultMetrics,
    },
    logLevelOption,
  ],
  run: async (context, _words, options) => {
    const { runControl } = await import("../../control/main.ts");
    const { env, paths } = context;
    const inherited = inheritedSockets(env);
    const control = await runControl({
      paths,
      listen: parseListen((options["listen"] as string | undefined) ?? env["PORTWAY_LISTEN"] ?? defaultListen),
      advertise: (options["advertise"] as string[] | undefined) ?? wordsOf(env["PORTWAY_ADVERTISE"]),
      ...(inherited && { inherited }),
      ...metricsFrom(options["metrics"] as string),
      clock: systemClock,
      log: programLog("control", options),
    });
    try {
      await Promise.race([control.ended, untilStopped(context)]);
    } finally {
      await control.close();
    }
    return 0;
  },
};

function metricsFrom(text: string) {
  if (text === "off") return {};
  const metricsListen = parseEndpoint(text, defaultMetricsPort);
  if (metricsListen !== undefined) return { metricsListen };
  throw new AppError("usage", `--metrics ${text} is not an address and a port`, { hint: `such as ${defaultMetrics}` });
}

const wordsOf = (text = ""): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

/** The sockets that systemd hands over: numbers from 3 on, in the order of LISTEN_FDNAMES (sd_listen_fds(3)). */
function inheritedSockets(env: NodeJS.ProcessEnv) {
  if (Number(env["LISTEN_PID"]) !== process.pid) return undefined;
  const names = (env["LISTEN_FDNAMES"] ?? "").split(":");
  const [network, local, metrics] = ["network", "local", "metrics"].map((name) => names.indexOf(name));
  if (network === undefined || local === undefined || network < 0 || local < 0) return undefined;
  const first = 3;
  return {
    ...{ network: { fd: first + network }, local: { fd: first + local } },
    ...(metrics !== undefined && metrics >= 0 && { metrics: { fd: first + metrics } }),
  };
}
