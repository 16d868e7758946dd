// Teardown as a command: `node agent-teardown.ts STATE_DIR`.
import { teardown } from "../../src/agent/teardown.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { exec } from "../../src/lib/exec.ts";
import { pathsFrom } from "../../src/lib/paths.ts";

await teardown({ paths: pathsFrom({ stateDir: process.argv[2]! }), exec, clock: systemClock, announce: console.log });
