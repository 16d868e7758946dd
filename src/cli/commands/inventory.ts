// portway inventory: what the registry knows of hosts, as a text for Git, and back.

import { readInventory } from "../../spec/inventory/read.ts";
import type { InventoryAnswer, InventoryImported } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import type { Command, CommandWork } from "../command.ts";
import { countIssues, readSpecFile, showIssues, writeFile } from "../spec-file.ts";

const exportCommand: Command = {
  summary: "write addresses, identities, tags and public keys of all hosts, and the file in force, as YAML",
  about:
    "The order is always the same, so that a version control system shows what changed. It holds no private key; the file in it is the one that was applied, with whatever secrets that has.",
  arguments: [{ name: "[file]", text: "where to (default: standard output)" }],
  examples: ["portway inventory export inventory.yaml"],
  run: async (context, [file]) => {
    const answer = await context.api().call<InventoryAnswer>("inventoryGet");
    if (file === undefined) {
      context.answer(answer, () => context.raw(answer.text));
      return 0;
    }
    writeFile(file, answer.text, 0o600);
    context.answer({ file, revision: answer.revision }, () => context.print(`${file} holds the inventory`));
    return 0;
  },
};

const importCommand: Command = {
  summary: "make an empty registry what an inventory says: the same addresses, identities and rules",
  about:
    "Hosts go on without joining again, if control has the authority that they joined under (root.pem, intermediate.pem and intermediate.key). Tokens and the audit chain are not part of an inventory.",
  arguments: [{ name: "<file>", text: "the inventory; - reads standard input" }],
  options: [
    {
      flags: "--addresses-only",
      text: "keep addresses and the file alone: hosts have to join anew, and get theirs back",
    },
  ],
  examples: ["portway inventory import inventory.yaml"],
  run: async (context, [file], options) => {
    const bytes = readSpecFile(file!, "portway inventory export FILE");
    const { inventory, issues } = readInventory(bytes);
    if (!context.json) showIssues(context, file!, issues);
    if (inventory === undefined) {
      throw new AppError("invalidInventory", `${file} is not valid: ${countIssues(issues)}`, { details: { issues } });
    }
    const body = { text: bytes.toString(), ...(options["addressesOnly"] === true && { addressesOnly: true }) };
    const answer = await context.api().call<InventoryImported>("inventoryPut", { body });
    context.answer(answer, () => {
      if (answer.unchanged) return context.print("nothing to do: the registry holds all of it already");
      const { hosts, members, revision } = answer;
      context.print(
        `${context.colour.good("imported")} as revision ${revision}: ${hosts} hosts, ${members} of them members`,
      );
    });
    return 0;
  },
};

export const command: CommandWork = { commands: { export: exportCommand, import: importCommand } };
