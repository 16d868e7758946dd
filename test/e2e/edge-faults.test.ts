// What an edge survives: nginx killed, the edge process killed, both, and control never there.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runEdge } from "../../src/edge/main.ts";
import { maxLogBytes } from "../../src/edge/rotate-logs.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { exec, start } from "../../src/lib/exec.ts";
import { request } from "../../src/lib/http.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { EdgeStatus } from "../../src/wire/stream.ts";
import { freePort } from "../lab/free-port.ts";
import { ask, openWebSocket } from "./edge-client.ts";
import { type EdgeRig, echoTarget, edgeRig, nginxObject, routeTo, serviceAt, type Target, until } from "./edge-rig.ts";

let rig: EdgeRig;
let target: Target;
let https: number;
let child: ChildProcess | undefined;

const script = new URL("edge-process.ts", import.meta.url).pathname;
const isServing = async () => (await ask({ port: https }).catch(() => undefined))?.status === 200;
const state = () => rig.gatewayState();
const workers = () => rig.workers();
const status = async () => {
  const { body } = await request({ socketPath: rig.paths.edgeSocket, path: "/status" });
  return JSON.parse(body) as EdgeStatus;
};
const isHealthy = async () =>
  (await request({ socketPath: rig.paths.edgeSocket, path: "/health" }).catch(() => undefined))?.status === 200;

async function startEdge(): Promise<void> {
  child = start(process.execPath, [script, rig.paths.stateDir, rig.paths.runDir], { stdio: "inherit" });
  await until("the edge is healthy", isHealthy);
  await until("its state is in force", async () => (await status()).revision === 1);
}

async function endEdge(signal: NodeJS.Signals): Promise<void> {
  child?.kill(signal);
  if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  child = undefined;
}

before(async () => {
  rig = edgeRig();
  target = await echoTarget();
  https = await freePort();
  const nginx = { ...nginxObject, https: { port: https }, selfSignedNames: ["api.test"] };
  rig.tell({ nginx: JSON.stringify(nginx), ...routeTo("all", "target"), ...serviceAt("target", [target.port]) });
  const edge = await rig.start();
  await until("the state is in force", () => edge.status().revision === 1);
  await edge.close();
  await startEdge();
});

after(async () => {
  await endEdge("SIGKILL");
  await rig.end();
  await target.close();
});

describe("an edge", () => {
  test("refuses to run twice on the same folders", async () => {
    const twice = runEdge({
      paths: rig.paths,
      log: silentLog,
      clock: systemClock,
      exec,
      metricsListen: null,
      control: { node: "edge-1", source: async () => {}, report: async () => {}, answer: async () => {} },
    });
    await assert.rejects(twice, /an edge runs here already/);
  });

  test("whose nginx master is killed has another one soon; open WebSockets go on in the workers left behind", async () => {
    const socket = await openWebSocket({ port: https });
    const pid = rig.masterPid();
    process.kill(pid, "SIGKILL");
    await until("there is another master", () => rig.masterPid() !== pid);
    await until("it serves", isServing);
    await until("the edge is healthy", isHealthy);
    assert.equal(await socket.say("hello"), "hello");
    socket.close();
  });

  test("whose nginx is killed with all its workers serves again", async () => {
    const pids = [rig.masterPid(), ...(await workers())];
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await until("there is another master", () => rig.masterPid() !== pids[0]);
    await until("it serves", isServing);
  });

  test("that loses one worker serves on with a new one, which has the state in force", async () => {
    const before = await workers();
    process.kill(before[0]!, "SIGKILL");
    await until("there is another worker", async () => {
      const now = await workers();
      return !now.includes(before[0]!);
    });
    const { revision, workers: all } = await state();
    assert.deepEqual(
      all.map((worker) => worker.revision),
      all.map(() => revision),
    );
    for (let i = 0; i < 20; i++) assert.equal(await isServing(), true);
  });

  test("that is killed leaves nginx serving, and its successor adopts it as it is", async () => {
    const before = [rig.masterPid(), await workers(), (await state()).revision];
    await endEdge("SIGKILL");
    assert.equal(await isServing(), true);
    await startEdge();
    assert.deepEqual([rig.masterPid(), await workers(), (await state()).revision], before);
  });

  test("that ends by itself leaves nginx serving too", async () => {
    const pid = rig.masterPid();
    await endEdge("SIGTERM");
    assert.equal(await isServing(), true);
    await startEdge();
    assert.equal(rig.masterPid(), pid);
  });

  test("begins large logs of nginx anew, and needs no new worker for it", async () => {
    const before = [rig.masterPid(), await workers()];
    const log = join(rig.paths.edge, "logs", "access.log");
    truncateSync(log, maxLogBytes); // the rest is a hole
    await until("the log is begun anew", () => existsSync(`${log}.1`) && existsSync(log));
    await until("requests are in the new one", async () => {
      await isServing();
      return readFileSync(log, "utf8").includes('"http.response.status_code":200');
    });
    assert.ok(statSync(log).size < 1024 ** 2);
    assert.deepEqual([rig.masterPid(), await workers()], before);
  });

  test("makes a reload again that its predecessor may not have ended", async () => {
    const [pid, before] = [rig.masterPid(), await workers()];
    await endEdge("SIGKILL");
    rmSync(join(rig.paths.edge, "nginx.applied.json"));
    await startEdge();
    await until("new workers serve", async () => (await workers()).every((worker) => !before.includes(worker)));
    assert.equal(rig.masterPid(), pid);
  });

  test("starts nginx anew with the last state when both are gone and control is away", async () => {
    const { revision, digest } = await state();
    const pids = [rig.masterPid(), ...(await workers())];
    await endEdge("SIGKILL");
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await startEdge();
    assert.equal(await isServing(), true);
    const now = await state();
    assert.deepEqual([now.revision, now.digest], [revision, digest]);
  });

  test("keeps keys and states where others cannot read them", async () => {
    const modes = await exec("find", [rig.paths.stateDir, rig.paths.runDir, "-printf", "%m %P\n"]);
    const mode = (name: string) =>
      modes.stdout
        .split("\n")
        .find((line) => line.endsWith(` ${name}`))
        ?.split(" ")[0];
    assert.equal(mode("edge/snapshot.json"), "640");
    assert.equal(mode("edge/control.json"), "600");
    assert.equal(mode("edge/self-signed/api.test.key"), "600");
    assert.equal(mode("nginx"), "700");
    assert.equal(mode("edge/logs"), "710"); // workers pass through
    assert.doesNotMatch(readFileSync(join(rig.paths.edge, "logs", "error.log"), "utf8"), /PRIVATE KEY/);
  });
});
