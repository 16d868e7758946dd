// The lab of bench/mesh/rotation.ts: hosts joined by real programs, and what is measured of them while keys change.
//
//   internet ──┬── edge-1 (control, edge, relay) ──┬── relay-2 ──┬── db-1 … ──┬── client
//              ├── gateway "nat-1" (easy) ── api-1, api-5   ├── gateway "nat-2" (easy) ── api-2, api-6
//              ├── gateway "nat-3" (easy) ── api-3, api-7   └── gateway "nat-4" (hard) ── api-4, api-8
import type { StatusAnswer } from "../src/wire/api.ts";
import { enrol } from "../test/e2e/enrol.ts";
import { startApi } from "../test/lab/api.ts";
import { createLab, type Host, type Lab } from "../test/lab/lab.ts";
import { type PingReport, pinger } from "../test/lab/pinger.ts";
import type { LabProcess } from "../test/lab/process.ts";
import { waitFor } from "../test/lab/wait-for.ts";

export const publicName = "api.example.com";

export interface Size {
  /** Behind NATs. */
  readonly apis: number;
  /** With an address of their own. */
  readonly dbs: number;
  /** Added to what each host of the network sends. */
  readonly delayMs?: number;
}

export interface RotationLab {
  readonly edge: Host;
  readonly client: Host;
  /** Hosts behind NAT: loss is made on their lines. */
  readonly apis: readonly Host[];
  /** From an API host to the address of another host. */
  readonly pairs: readonly { readonly from: Host; readonly to: Host; readonly address: string }[];
  readonly close: () => Promise<void>;
}

const natKinds = ["easy", "easy", "easy", "hard"] as const;
const pairsEach = 5;

const fileOf = (apis: readonly string[], dbs: readonly string[]) => `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
  relay-2: { roles: [relay], endpoint: relay-2.example.com:51820 }
${apis.map((name) => `  ${name}: { tags: [api] }\n`).join("")}${dbs.map((name) => `  ${name}: { endpoint: ${name}.example.com:51820 }\n`).join("")}access:
  - { from: [role:edge], to: [tag:api], allow: [tcp/8080] }
${apis.map((name, index) => `  - { from: [${name}], to: [${partners(index, dbs).join(", ")}], allow: [icmp, tcp/7000] }\n`).join("")}services:
  api: { targets: [tag:api], port: 8080 }
routes:
  - { name: api, hosts: [${publicName}], service: api }
tls: { selfSigned: true }
`;

const partners = (index: number, dbs: readonly string[]) =>
  Array.from({ length: Math.min(pairsEach, dbs.length) }, (_, nth) => dbs[(index + nth) % dbs.length]!);

/** Everything is up when this resolves, and every pair answers. */
export async function openRotationLab(size: Size): Promise<RotationLab> {
  const lab = createLab();
  try {
    return await build(lab, size);
  } catch (error) {
    const tails = lab.logTails(10);
    await lab.close();
    throw new Error(`${(error as Error).message}\n${tails}`, { cause: error });
  }
}

async function build(lab: Lab, size: Size): Promise<RotationLab> {
  const internet = await lab.internet();
  const nats = await Promise.all(natKinds.map((kind, index) => lab.nat(`nat-${index + 1}`, { kind })));
  const named = (name: string) => lab.host(name, { on: internet, names: [`${name}.example.com`] });
  const edge = await lab.host("edge-1", { on: internet, names: ["edge.example.com", publicName] });
  const client = await lab.host("client", { on: internet });
  const relay = await named("relay-2");
  const apis: Host[] = [];
  for (let n = 1; n <= size.apis; n++) apis.push(await lab.host(`api-${n}`, { on: nats[(n - 1) % nats.length]! }));
  const dbs: Host[] = [];
  for (let n = 1; n <= size.dbs; n++) dbs.push(await named(`db-${n}`));

  const delay = ["tc", "qdisc", "add", "dev", "eth0", "root", "netem", "limit", "10000", "delay", `${size.delayMs}ms`];
  if (size.delayMs) await Promise.all([edge, relay, ...apis, ...dbs].map((host) => host.run(delay)));
  const portway = async <T>(...words: string[]) =>
    JSON.parse((await edge.run(["portway", "--json", ...words], { check: false, timeoutMs: 30_000 })).stdout) as T;
  edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
  await waitFor(() => portway("hosts"), { what: "control to answer", timeoutMs: 60_000 });
  const path = "/run/root/portway.yaml";
  const [apiNames, dbNames] = [apis, dbs].map((hosts) => hosts.map(({ name }) => name)) as [string[], string[]];
  await edge.writeFile(path, fileOf(apiNames, dbNames));
  await edge.run(["portway", "apply", "--yes", path], { timeoutMs: 60_000 });
  for (const host of [edge, relay, ...apis, ...dbs]) {
    await enrol(edge, host);
    host.start(["portway", "agent"]);
  }
  edge.start(["portway", "edge"]);
  await Promise.all(apis.map((host) => startApi(host)));
  const status = await waitFor(
    async () => {
      const now = await portway<StatusAnswer>("status");
      return now.hosts.every(({ agent }) => agent?.peers.every(({ online }) => online)) ? now : undefined;
    },
    { what: "every pair to answer", timeoutMs: 180_000, intervalMs: 1_000 },
  );
  const addressOf = (host: Host) => status.hosts.find(({ name }) => name === host.name)!.ipv4;
  const pairs = apis.flatMap((from, index) =>
    partners(index, dbNames).map((name) => {
      const to = dbs.find((db) => db.name === name)!;
      return { from, to, address: addressOf(to) };
    }),
  );
  return { edge, client, apis, pairs, close: () => lab.close() };
}

const echo = `require("node:net").createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(7000, "::")`;
const talk = (address: string) => `const socket = require("node:net").connect(7000, "${address}");
socket.on("error", (error) => console.log("ended " + error.code)).on("close", () => console.log("ended"));
socket.on("connect", () => { console.log("open"); setInterval(() => socket.write("x"), 20); }).resume();`;

/** A TCP flow that says something all the time; \`ended\` tells whether it was reset or closed meanwhile. */
export async function openFlow({
  from,
  to,
  address,
}: RotationLab["pairs"][number]): Promise<{ readonly ended: () => boolean }> {
  if (!to.processes().some(({ command }) => command.includes("createServer")))
    to.start([process.execPath, "-e", echo], { name: "echo" });
  let client: LabProcess | undefined;
  await waitFor(
    () => {
      if (client?.logText().includes("open")) return true;
      if (client === undefined || client.logText().includes("ended"))
        client = from.start([process.execPath, "-e", talk(address)], { name: "flow" });
      return false;
    },
    { what: "a flow", timeoutMs: 20_000, intervalMs: 300 },
  );
  return { ended: () => client!.logText().includes("ended") };
}

/** Pings on all pairs: that often on the first four, every 50 ms on the others; the sum, and the median of their p99s. */
export async function pingAll(pairs: RotationLab["pairs"], quickMs: number) {
  const all = await Promise.all(
    pairs.map(({ from, address }, index) => pinger(from, address, { intervalMs: index < 4 ? quickMs : 50 })),
  );
  return async (): Promise<Pick<PingReport, "received" | "lost" | "longestGapMs" | "p99Ms">> => {
    const reports = await Promise.all(all.map((one) => one.stop()));
    const p99s = reports.map(({ p99Ms }) => p99Ms).sort((a, b) => a - b);
    return {
      received: reports.reduce((sum, { received }) => sum + received, 0),
      lost: reports.reduce((sum, { lost }) => sum + lost, 0),
      longestGapMs: Math.max(...reports.map(({ longestGapMs }) => longestGapMs)),
      p99Ms: p99s[Math.floor(p99s.length / 2)]!,
    };
  };
}
