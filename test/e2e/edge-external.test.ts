// nginx started by a service manager (here the test), the edge process with its files and signals alone.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Edge } from "../../src/edge/main.ts";
import { exec } from "../../src/lib/exec.ts";
import { freePort } from "../lab/free-port.ts";
import { ask } from "./edge-client.ts";
import { type EdgeRig, echoTarget, edgeRig, nginxObject, routeTo, serviceAt, type Target, until } from "./edge-rig.ts";

let rig: EdgeRig;
let edge: Edge;
let target: Target;
let http: number;

const statusOf = async (port: number) => (await ask({ port, isSecure: false }).catch(() => undefined))?.status;

/** What the unit does. */
async function startNginx(): Promise<void> {
  const { edge: folder, nginxSocket } = rig.paths;
  rmSync(nginxSocket, { force: true });
  const words = ["-c", join(folder, "nginx.conf"), "-p", folder, "-e", join(folder, "logs", "error.log")];
  const ran = await exec("/usr/sbin/nginx", words);
  assert.equal(ran.code, 0, ran.stderr);
}

before(async () => {
  rig = edgeRig();
  target = await echoTarget();
  http = await freePort();
});

after(async () => {
  await rig.end();
  await target.close();
});

test("an edge whose nginx is another's to start serves from its start on, reloads it, and is told of its death", async () => {
  const objects = { ...routeTo("all", "target"), ...serviceAt("target", [target.port]) };
  const nginx = { ...nginxObject, http: { port: http, redirect: false } };
  rig.tell({ nginx: JSON.stringify(nginx), ...objects });
  edge = await rig.start("external");
  const conf = join(rig.paths.edge, "nginx.conf");
  await until("nginx.conf is written", async () => (await exec("test", ["-e", conf])).code === 0);
  assert.equal(edge.status().nginx.running, false);

  await startNginx();
  await until("the snapshot is in force", () => edge.status().revision === 1);
  assert.equal(await statusOf(http), 200);

  const other = await freePort();
  rig.tell({ nginx: JSON.stringify({ ...nginx, http: { port: other, redirect: false } }), ...objects });
  await until("the new port answers", async () => (await statusOf(other)) === 200);

  const pid = rig.masterPid();
  process.kill(pid, "SIGTERM");
  await until("the death is seen", () => !edge.status().nginx.running);
  await startNginx();
  await until("it serves again", async () => (await statusOf(other)) === 200);
  assert.notEqual(rig.masterPid(), pid);
});

test("an nginx that is started anew with an old state between two looks gets the newest one", async () => {
  const { digest } = await rig.gatewayState();
  const pid = rig.masterPid();
  process.kill(pid, "SIGTERM");
  await until("it is gone", async () => (await exec("kill", ["-0", String(pid)])).code !== 0);
  rmSync(join(rig.paths.edge, "snapshot.json"));
  await startNginx();
  await until("the state is back", async () => (await rig.gatewayState()).digest === digest);
});
