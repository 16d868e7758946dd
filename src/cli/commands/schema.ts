// portway schema: what an editor needs to know of the file.
import { specJsonSchema } from "../../spec/json-schema.ts";
import type { CommandWork } from "../command.ts";

export const command: CommandWork = {
  plain: true,
  about:
    "JSON Schema draft-07. An editor with the YAML language server finds it by a first line such as: # yaml-language-server: $schema=portway.schema.json",
  examples: ["portway schema >portway.schema.json"],
  run: async (context) => {
    context.raw(`${JSON.stringify(specJsonSchema(), null, 2)}\n`);
    return 0;
  },
};
