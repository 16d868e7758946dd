// portway control: runs control in the foreground; what its unit starts.
import { systemClock } from "../../lib/clock.ts";
import type { CommandWork } from "../command.ts";
import { defaultListen, parseListen } from "../listen.ts";
import { logLevelOption, programLog, untilStopped } from "../run-program.ts";

export const command: CommandWork = {
  about: "Logs one JSON object a line to standard error. `portway up` starts it, with all else that a host needs.",
  options: [
    { flags: "--listen <address>", text: `address and port of the API (PORTWAY_LISTEN; default ${defaultListen})` },
    {
      flags: "--advertise <url>",
      text: "how hosts reach it, https://NAME:PORT (may be given again; PORTWAY_ADVERTISE, separated by spaces)",
      repeat: true,
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

const wordsOf = (text = ""): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

/** The sockets that systemd hands over: numbers from 3 on, in the order of LISTEN_FDNAMES (sd_listen_fds(3)). */
function inheritedSockets(env: NodeJS.ProcessEnv) {
  if (Number(env["LISTEN_PID"]) !== process.pid) return undefined;
  const names = (env["LISTEN_FDNAMES"] ?? "").split(":");
  const [network, local] = ["network", "local"].map((name) => names.indexOf(name));
  if (network === undefined || local === undefined || network < 0 || local < 0) return undefined;
  const first = 3;
  return { network: { fd: first + network }, local: { fd: first + local } };
}
