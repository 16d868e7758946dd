// An edge as a process of its own, without a control: node edge-process.ts STATE_DIR RUN_DIR. Ends by a signal.
import { runEdge } from "../../src/edge/main.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { exec } from "../../src/lib/exec.ts";
import { createLog } from "../../src/lib/log.ts";
import { pathsFrom } from "../../src/lib/paths.ts";

const [stateDir = "", runDir = ""] = process.argv.slice(2);
const edge = await runEdge({
  paths: pathsFrom({ stateDir, runDir }),
  log: createLog("edge", "error"),
  clock: systemClock,
  exec,
  addresses: ["127.0.0.1"],
  metricsListen: null,
  control: {
    node: "edge-1",
    source: (_held, _sink, signal) => systemClock.sleep(2 ** 31 - 1, signal),
    report: async () => {},
    answer: async () => {},
  },
});
process.on("SIGTERM", () => edge.close());
