// portway down: stops Portway on the host that runs control; with --purge for good.
import { existsSync } from "node:fs";
import type { CommandWork } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { endNginx, endPrograms, forget, teardownOptions } from "../end-programs.ts";
import { keptByUnits } from "../systemd.ts";

export const command: CommandWork = {
  about:
    "Stops control, agent, edge and nginx, and takes this host's tunnels, routes and firewall away. Registry, keys and certificates stay, so that `portway up` goes on with them.",
  options: [
    { flags: "--purge", text: "remove registry, authority and keys too: every host has to join anew" },
    { flags: "-y, --yes", text: "with --purge: do not ask" },
  ],
  run: async (context, _words, options) => {
    const purge = options["purge"] === true;
    const { stateDir, runDir } = context.paths;
    const question = `remove the network's registry and keys (${stateDir})?`;
    const wasHere = [stateDir, runDir].some((folder) => existsSync(folder)) || keptByUnits(context.paths);
    if (purge && wasHere && !(await confirmed(context, options["yes"] === true, question))) return 1;
    await endPrograms(context);
    const { teardown } = await import("../../agent/main.ts");
    await teardown(teardownOptions(context));
    await endNginx(context);
    const rest = purge ? await forget(context, [stateDir, runDir]) : undefined;
    context.answer({ down: true, purged: purge }, () => {
      const down = wasHere ? "portway is down; `portway up` goes on" : "nothing of Portway has run here";
      context.print(wasHere && rest !== undefined ? rest : down);
    });
    return 0;
  },
};
