// The demo's story: the network is set up (set-up.ts), then each promise put to the test.
import { join } from "node:path";
import type { Host } from "../lab/lab.ts";
import type { LabProcess } from "../lab/process.ts";
import { type RequestReport, requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";
import type { Hosts } from "./main.ts";
import { proveDirect, proveRelayLoss, proveRotation } from "./paths.ts";
import { caFile, everyoneOnline, joinAll, setUpEdge, statusOf, trustEdge } from "./set-up.ts";
import { addedPaths, fileWith } from "./spec.ts";
import type { Stage } from "./stage.ts";
import { makeTokens, type Tokens } from "./tokens.ts";

const url = "https://api.example.com";

interface Scene {
  readonly stage: Stage;
  readonly hosts: Hosts;
  readonly tokens: Tokens;
  readonly ca: string;
  readonly up: LabProcess;
}

/** Plays it all; the answer is a token that the API takes for an hour. */
export async function tellStory(stage: Stage, hosts: Hosts): Promise<string> {
  const tokens = await makeTokens("orders");
  const up = await setUpEdge(stage, hosts, tokens);
  await joinAll(stage, hosts);
  const ca = await trustEdge(hosts);
  const scene: Scene = { stage, hosts, tokens, ca, up };
  await proveRequests(scene);
  await proveAccess(scene);
  await proveApply(scene);
  await proveApiLoss(scene);
  await proveControlLoss(scene);
  const headers = { authorization: `Bearer ${tokens.valid}` };
  const network = { stage, hosts, url: `${url}/orders/1`, ca, headers };
  await proveDirect(network);
  await proveRotation(network);
  await proveRelayLoss(network);
  return tokens.valid;
}

/** Status of one request from the client, and who served it. */
async function ask({ hosts }: Scene, path: string, token?: string): Promise<{ status: number; servedBy: string }> {
  const authorization = token === undefined ? [] : ["-H", `Authorization: Bearer ${token}`];
  const words = [
    "curl",
    "-sS",
    "--max-time",
    "5",
    "--cacert",
    caFile,
    "-o",
    "/dev/null",
    "-w",
    "%{http_code} %header{x-served-by}",
    ...authorization,
    url + path,
  ];
  const ran = await hosts.client.run(words, { check: false });
  const [status, servedBy = ""] = ran.stdout.trim().split(" ");
  return { status: Number(status), servedBy };
}

async function proveRequests(scene: Scene): Promise<void> {
  const { stage, hosts, tokens } = scene;
  stage.chapter("Public requests, through nginx and the tunnel");
  await waitFor(async () => (await ask(scene, "/orders/1", tokens.valid)).status === 200, {
    what: "the first 200",
    timeoutMs: 20_000,
  });
  await stage.run(
    hosts.client,
    ["curl", "-sS", "--cacert", caFile, "-H", `Authorization: Bearer ${tokens.valid}`, `${url}/orders/1`],
    {
      shown: ["curl", "--cacert", caFile, "-H", "'Authorization: Bearer …'", `${url}/orders/1`],
    },
  );
  stage.prove("a valid token is let through the tunnel", true, "200");
  const missing = await ask(scene, "/orders/1");
  stage.prove("no token is refused", missing.status === 401, String(missing.status));
  const audience = await ask(scene, "/orders/1", tokens.wrongAudience);
  stage.prove("a token for another audience is refused", audience.status === 401, String(audience.status));
  const none = await ask(scene, "/orders/1", tokens.algNone);
  stage.prove("a token with alg none is refused", none.status === 401, String(none.status));

  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) statuses.push((await ask(scene, "/limited/", tokens.valid)).status);
  const limited = statuses.filter((status) => status === 429).length;
  const passed = statuses.filter((status) => status === 200).length;
  stage.prove(
    "beyond the limit (5/s, burst 10) requests are refused",
    limited > 0 && passed >= 10,
    `${passed} × 200, ${limited} × 429 of 20`,
  );

  const servers: Record<string, number> = {};
  for (let i = 0; i < 10; i++) {
    const { servedBy } = await ask(scene, "/orders/1", tokens.valid);
    servers[servedBy] = (servers[servedBy] ?? 0) + 1;
  }
  const both = (servers["api-1"] ?? 0) > 0 && (servers["api-2"] ?? 0) > 0;
  stage.prove(
    "both API hosts, behind different NATs, answer",
    both,
    Object.entries(servers)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
}

async function proveAccess({ stage, hosts }: Scene): Promise<void> {
  stage.chapter("Inside the network: what no rule allows is dropped");
  const status = await statusOf(hosts.edge);
  const database = status.hosts.find((host) => host.name === "db-1")!.ipv4;
  const connect = async (from: Host) => {
    const ran = await from.run(
      ["curl", "-sS", "--max-time", "2", "-o", "/dev/null", "-w", "%{http_code}", `http://${database}:5432/healthz`],
      { check: false },
    );
    return ran.stdout.trim() === "200";
  };
  const [fromApi1, fromApi2, fromEdge, fromClient] = [
    await connect(hosts.api1),
    await connect(hosts.api2),
    await connect(hosts.edge),
    await connect(hosts.client),
  ];
  stage.prove(
    "the database answers api-1 and api-2",
    fromApi1 && fromApi2,
    `${fromApi1 ? "yes" : "no"}, ${fromApi2 ? "yes" : "no"} (through the relay)`,
  );
  stage.prove(
    "the database answers neither the edge nor the internet",
    !fromEdge && !fromClient,
    `${fromEdge ? "yes" : "no"}, ${fromClient ? "yes" : "no"}`,
  );
}

async function proveApply(scene: Scene): Promise<void> {
  const { stage, hosts, tokens } = scene;
  stage.chapter("Routes are added while everything runs");
  const before = await workersOf(hosts.edge);
  const tookMs: number[] = [];
  for (const [index, path] of addedPaths.entries()) {
    await hosts.edge.writeFile("/run/root/portway.yaml", fileWith(addedPaths.slice(0, index + 1)));
    if (index === 0) await stage.run(hosts.edge, ["portway", "plan"], { expect: [2] });
    tookMs.push(await applyTook(scene, path));
  }
  const after = await workersOf(hosts.edge);
  const [best] = [...tookMs].sort((a, b) => a - b);
  stage.prove(
    "a route added by apply is in force in under 100 ms (best of three)",
    best! < 100,
    `${tookMs.join(", ")} ms after the registry had it`,
    "other work on this machine delays it: run the demo again when it is idle",
  );
  stage.prove("without a reload (the same nginx workers)", before !== "" && before === after, `workers ${after}`);
  const reports = await ask(scene, addedPaths[0], tokens.valid);
  stage.prove("and it serves", reports.status === 200, String(reports.status));
}

/** Applies the file; the time from its entry in the registry until the new path answers, in ms. */
async function applyTook({ stage, hosts }: Scene, path: string): Promise<number> {
  const watch = hosts.client.start(
    [process.execPath, join(import.meta.dirname, "watch-route.ts"), url + path, caFile],
    { name: "watch-route" },
  );
  await waitFor(() => watch.logText().includes("watching"), { what: "the watcher" });
  await stage.run(hosts.edge, ["portway", "apply", "--yes"], { maxLines: 12 });
  await watch.exited;
  const inForce = Number(/at (\d+)/.exec(watch.logText())?.[1]);
  const audit = JSON.parse((await hosts.edge.run(["portway", "audit", "list", "--json", "--limit", "1"])).stdout) as {
    entries: { at: string }[];
  };
  return inForce - Date.parse(audit.entries[0]!.at);
}

async function workersOf(edge: Host): Promise<string> {
  return edge
    .processes()
    .filter((one) => one.command.startsWith("nginx: worker process"))
    .map((one) => one.pid)
    .sort((a, b) => a - b)
    .join(" ");
}

async function proveApiLoss({ stage, hosts, tokens, ca }: Scene): Promise<void> {
  stage.chapter("One API host dies under load");
  const load = await requester(hosts.client, `${url}/orders/1`, {
    perSecond: 100,
    ca,
    headers: { authorization: `Bearer ${tokens.valid}` },
  });
  await waitFor(() => load.report().count >= 100, { what: "100 requests" });
  stage.say("    api-2's API is killed with SIGKILL");
  hosts.apis["api-2"].kill("SIGKILL");
  const so = load.report().count;
  await waitFor(() => load.report().count >= so + 200, { what: "200 more requests" });
  const report = await load.stop();
  stage.prove(
    "no request failed",
    report.failures.length === 0,
    `${report.failures.length} of ${report.count} (longest ${Math.round(report.longestMs)} ms)${reasons(report.failures)}`,
  );
}

/** What became of those that failed. */
const reasons = (failures: RequestReport["failures"]) =>
  failures.length === 0 ? "" : `: ${[...new Set(failures.map(({ status, error }) => status ?? error))].join(", ")}`;

async function proveControlLoss({ stage, hosts, tokens, ca, up }: Scene): Promise<void> {
  stage.chapter("Control is killed; the data path goes on");
  const [before, workers] = [await statusOf(hosts.edge), await workersOf(hosts.edge)];
  const load = await requester(hosts.client, `${url}/orders/1`, {
    perSecond: 100,
    ca,
    headers: { authorization: `Bearer ${tokens.valid}` },
  });
  up.kill("SIGKILL");
  const programs = hosts.edge.processes().filter((one) => /src\/cli\/main\.ts (control|agent|edge)/.test(one.command));
  for (const program of programs) process.kill(program.pid, "SIGKILL");
  stage.say(
    `    on edge-1: up, ${programs.map((one) => / (control|agent|edge)\b/.exec(one.command)![1]).join(", ")} are killed with SIGKILL`,
  );
  const so = load.report().count;
  await waitFor(() => load.report().count >= so + 200, { what: "200 more requests" });
  const report = await load.stop();
  stage.prove(
    "requests go on without control, agent and edge process",
    report.failures.length === 0,
    `${report.failures.length} of ${report.count} failed${reasons(report.failures)}`,
  );
  await stage.start(hosts.edge, ["portway", "up", "--foreground"], /portway is up/);
  await waitFor(async () => everyoneOnline(await statusOf(hosts.edge)), {
    what: "every host to be online again",
    timeoutMs: 30_000,
  });
  const again = await statusOf(hosts.edge);
  const isSame = again.revision === before.revision && (await workersOf(hosts.edge)) === workers;
  stage.prove(
    "after a restart everything is as it was: hosts online, revision, nginx's workers",
    isSame,
    `${again.hosts.length} hosts, revision ${again.revision}`,
  );
}
