// Writes docs/tuning.md from the table in tuning.ts: node src/edge/tuning-page.ts
import { writeFileSync } from "node:fs";
import { tuningPage } from "./tuning.ts";

writeFileSync(new URL("../../docs/tuning.md", import.meta.url), tuningPage());
