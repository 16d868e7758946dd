// Commands of a host's own, run when its tunnel is up and undone when it goes.
import { addFault, list, mapping, plainText } from "../fields.ts";
import { Fault } from "../issue.ts";
import { duration } from "../quantities.ts";

const commandHint = 'write a list of words, numbers in quotes: [ip, rule, add, to, 192.0.2.0/24, priority, "900"]';

const command = list(
  plainText("The program, then its arguments; `%i` in one is the interface's name.", commandHint),
  { description: "One command as a list of its words: no shell reads it.", hint: commandHint },
  { min: 1, max: 64, unique: false },
);

const commands = (description: string) =>
  list(command, { description, hint: `write a list of commands; ${commandHint}` }, { max: 32, unique: false });

export const hooks = mapping(
  {
    up: commands("Run in this order once the tunnel is up; the first that fails is the last.").prefault([]),
    down: commands(
      "Run in this order when the tunnel has gone, and before other commands take the place of these.",
    ).prefault([]),
    timeout: duration("How long each command may take.", "1s", "5m").prefault("10s"),
  },
  "The host's own commands, if it allows any: `portway join --allow-hooks`.",
  "write { up: [[…]], down: [[…]] }",
).superRefine(({ up, down }, context) => {
  if (up.length + down.length > 0) return;
  addFault(context, new Fault("missing", "there is no command in it", "add up or down, or take hooks out"));
});
