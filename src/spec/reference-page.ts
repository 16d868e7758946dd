// Writes docs/file.md from the schema: node src/spec/reference-page.ts
import { writeFileSync } from "node:fs";
import { filePage } from "./reference.ts";

writeFileSync(new URL("../../docs/file.md", import.meta.url), filePage());
