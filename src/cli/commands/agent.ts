// portway agent: runs the agent of this host in the foreground; what its unit starts.
import { systemClock } from "../../lib/clock.ts";
import { exec } from "../../lib/exec.ts";
import type { CommandWork } from "../command.ts";
import { logLevelOption, programLog, removedStatus, untilStopped } from "../run-program.ts";

export const command: CommandWork = {
  plain: true,
  about:
    "Logs one JSON object a line to standard error. What it made (interfaces, routes, firewall) stays when it ends. Exit status 3: control has removed this host, or another machine has its identity.",
  options: [
    { flags: "--teardown", text: "when it ends, remove everything that it made" },
    {
      flags: "--wireguard <kind>",
      text: "which WireGuard to use instead of the one that is found",
      choices: ["kernel", "userspace"],
    },
    logLevelOption,
  ],
  run: async (context, _words, options) => {
    const { runAgent } = await import("../../agent/main.ts");
    const wireguard = options["wireguard"] as "kernel" | "userspace" | undefined;
    const agent = await runAgent({
      paths: context.paths,
      clock: systemClock,
      exec,
      log: programLog("agent", options),
      ...(wireguard && { wireguard }),
    });
    const how = await Promise.race([agent.done, untilStopped(context)]);
    await agent.close({ teardown: options["teardown"] === true });
    return how === "removed" || how === "cloned" ? removedStatus : 0;
  },
};
