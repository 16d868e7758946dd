// Joins as a command, without starting anything: `node agent-enrol.ts TOKEN NAME`.
import { join } from "../../src/agent/join.ts";
import { pathsFrom } from "../../src/lib/paths.ts";

await join({ token: process.argv[2]!, name: process.argv[3]!, paths: pathsFrom() });
