// Writes docs/file.md from the schema: node scripts/file-page.ts
import { writeFileSync } from "node:fs";
import { filePage } from "../src/spec/reference.ts";

writeFileSync(new URL("../docs/file.md", import.meta.url), filePage());
