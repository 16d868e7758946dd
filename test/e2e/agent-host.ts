// A host's agent whose desired state comes from a file instead of control: `node agent-host.ts STATE_DIR`, with
// STATE_DIR/desired.json {revision, objects}. SIGTERM ends it, SIGUSR2 ends it with teardown. Its status is in
// STATE_DIR/status.json.
import { join } from "node:path";
import { runAgent } from "../../src/agent/main.ts";
import type { Source } from "../../src/host/follow-control.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { exec } from "../../src/lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../../src/lib/files.ts";
import { createLog } from "../../src/lib/log.ts";
import { pathsFrom } from "../../src/lib/paths.ts";
import { digestOf, type Objects } from "../../src/wire/objects.ts";

const stateDir = process.argv[2]!;
const clock = systemClock;

const source: Source = async (held, sink, signal) => {
  let { revision } = held;
  while (!signal.aborted) {
    const desired = readJsonIfAny(join(stateDir, "desired.json")) as { revision: number; objects: Objects } | undefined;
    if (desired !== undefined && desired.revision !== revision) {
      revision = desired.revision;
      sink.onState({ ...desired, digest: digestOf(desired.objects) });
    }
    await clock.sleep(50, signal);
  }
};

const agent = await runAgent({ paths: pathsFrom({ stateDir }), log: createLog("agent"), clock, exec, source });
const statusTimer = setInterval(() => {
  writeFileAtomic(join(stateDir, "status.json"), JSON.stringify(agent.status()));
}, 100);
process.once("SIGTERM", () => void agent.close());
process.once("SIGUSR2", () => void agent.close({ teardown: true }));
await agent.done;
clearInterval(statusTimer);
process.exit(0);
