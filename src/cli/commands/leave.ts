// portway leave: takes this machine out of its network, and away what Portway made on it.
import { existsSync } from "node:fs";
import { readIdentity } from "../../lib/identity.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import { confirmed } from "../confirm.ts";
import { endNginx, endPrograms, forget, teardownOptions } from "../end-programs.ts";
import { logFolder } from "../foreground.ts";
import { keptByUnits } from "../systemd.ts";

export const command: CommandWork = {
  about:
    "Stops the programs, tells control, and removes tunnels, routes, firewall, keys and units. Asks first where there is a terminal to ask on. Works without control too: then the host has to be removed there.",
  options: [{ flags: "-y, --yes", text: "on a terminal: do not ask" }],
  run: async (context, _words, options) => {
    const { paths } = context;
    if (existsSync(paths.control)) {
      throw new AppError("usage", "this machine runs control, which the other hosts need", {
        hint: "`portway down` stops Portway here, `portway down --purge` ends the network; if the host was removed, `portway up` makes it a member anew",
      });
    }
    const member = readIdentity(paths.identity);
    const question = `take ${member?.name} out of ${member?.network}, and remove its keys for good?`;
    const isAsked = member !== undefined && context.interactive && !context.json;
    if (isAsked && !(await confirmed(context, options["yes"] === true, question))) return 1;
    const wasHere = [paths.stateDir, paths.runDir].some((folder) => existsSync(folder)) || keptByUnits(paths);
    await endPrograms(context);
    const { leave } = await import("../../agent/main.ts");
    const left = await leave(teardownOptions(context));
    await endNginx(context);
    const rest = await forget(context, [paths.agent, paths.edge, logFolder(paths.stateDir), paths.runDir]);
    const { name = null, told, reason, copy } = left;
    context.answer({ name, told, ...(reason !== undefined && { reason }), ...(copy && { copy }) }, () => {
      if (name === null) {
        return context.print(`this machine is in no network${wasHere ? "; what was left of one is removed" : ""}`);
      }
      context.print(copy === true ? `this machine is not ${name} any more; ${rest}` : `${name} has left; ${rest}`);
    });
    if (copy !== undefined) {
      const stays = copy === true ? "stays a member" : "is a member still, and another machine may be it";
      context.note(`${name} ${stays}: ${reason}. If no machine is to be it: portway hosts remove ${name}`);
    } else if (!told) context.note(`control does not know (${reason}): run there \`portway hosts remove ${name}\``);
    return 0;
  },
};
