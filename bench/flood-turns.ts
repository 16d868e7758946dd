// For how long one flooded connection holds a worker: the most processor time that a turn of its event loop takes while a client
// floods until the gateway ends the connection. It is a figure of processor time, so that a busy machine changes little.
// Usage: node bench/flood-turns.ts [connections]   (9 of each kind unless told)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../src/lib/exec.ts";
import { selfSigned } from "../src/lib/x509.ts";
import { floods } from "../test/hostile/floods.ts";
import { freePort } from "../test/lab/free-port.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { addProbe } from "./loop-probe.ts";
import { preparePortway } from "./portway.ts";
import { median, startPinned } from "./rig.ts";

const [connections = 9] = process.argv.slice(2).map(Number);
const [port, httpsPort] = [await freePort(), await freePort()];
const name = "api.example.com";
const folder = mkdtempSync(join(tmpdir(), "portway-flood-turns-"));
const portway = await preparePortway(folder, port, httpsPort);
const longest = addProbe(portway.conf);
const nginx = await startPinned(0, ["nginx", "-c", portway.conf], port);
try {
  const certificate = { names: [name], ...(await selfSigned([name], Date.now())) };
  const { keys } = await makeSigner();
  await portway.push({ ...chainObjects([], port, keys), "certificate/a": JSON.stringify(certificate) });
  const client = ["-c", "1", process.execPath, join(import.meta.dirname, "flood-client.ts")];
  for (const flood of floods) {
    const turns: number[] = [];
    for (let connection = 0; connection < connections; connection++) {
      await longest();
      const words = [...client, flood.name, String(httpsPort), "127.0.0.1", name, "0"];
      const { code, stderr } = await exec("taskset", words, { timeoutMs: 60_000 });
      if (code !== 0) throw new Error(stderr);
      turns.push((await longest()).busyMs);
    }
    const what = flood.name.replace(/ \(.*/, "").replaceAll(/[^a-z0-9]+/gi, "_");
    console.log(`flood_${what}_longest_turn ${median(turns).toFixed(1)} ms`);
    console.log(`flood_${what}_longest_turn_of_all ${Math.max(...turns).toFixed(1)} ms`);
  }
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
}
