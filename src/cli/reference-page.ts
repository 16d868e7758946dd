// Writes docs/cli.md from the table of commands: node src/cli/reference-page.ts
import { writeFileSync } from "node:fs";
import { loadTree } from "./command-tree.ts";
import { cliPage } from "./reference.ts";

writeFileSync(new URL("../../docs/cli.md", import.meta.url), cliPage(await loadTree({ hidden: true })));
