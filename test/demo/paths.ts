// The demo's network part: a direct path, a relay that is gone, new keys under load.
import type { PingAnswer, StatusAnswer } from "../../src/wire/api.ts";
import type { Host } from "../lab/lab.ts";
import { pinger } from "../lab/pinger.ts";
import { requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";
import type { Hosts } from "./main.ts";
import type { Stage } from "./stage.ts";

export interface NetworkScene {
  readonly stage: Stage;
  readonly hosts: Hosts;
  /** A request that is let through: its address, authority and headers. */
  readonly url: string;
  readonly ca: string;
  readonly headers: Readonly<Record<string, string>>;
}

const failoverMs = 3_000;

async function statusOf(edge: Host): Promise<StatusAnswer> {
  return JSON.parse((await edge.run(["portway", "status", "--json"], { check: false })).stdout) as StatusAnswer;
}

/** As a host measures them now. */
async function pathsOf(edge: Host, from: string, to: string): Promise<PingAnswer["paths"]> {
  const { stdout } = await edge.run(["portway", "ping", from, to, "--count", "1", "--json"], { check: false });
  return (JSON.parse(stdout) as PingAnswer).paths;
}

/** Two hosts that nobody can reach unasked have found each other. */
export async function proveDirect({ stage, hosts: { edge } }: NetworkScene): Promise<void> {
  stage.chapter("api-1 and db-1, both without an open port, have found a direct way");
  const direct = async () =>
    (await pathsOf(edge, "api-1", "db-1")).find(
      ({ plane, roundTripsMs }) => plane === "pw0" && roundTripsMs.length > 0,
    );
  await waitFor(direct, { what: "a direct path", timeoutMs: 30_000, intervalMs: 500 }).catch(() => undefined);
  await stage.run(edge, ["portway", "ping", "api-1", "db-1"], { expect: [0, 1] });
  const found = await direct();
  stage.prove("a direct path behind NAT was found", found !== undefined, found ? "pw0 answers" : "relays alone answer");
}

/** The relay that a pair uses is cut off: its packets go by the other one. */
export async function proveRelayLoss({ stage, hosts }: NetworkScene): Promise<void> {
  stage.chapter("The relay between api-2 and db-1 is gone");
  const via = async () => (await pathsOf(hosts.edge, "api-2", "db-1")).find(({ inUse }) => inUse)?.via;
  const { hosts: all } = await statusOf(hosts.edge);
  const pings = await pinger(hosts.api2, all.find(({ name }) => name === "db-1")!.ipv4);
  const used = await waitFor(via, { what: "api-2 to reach db-1 by a relay", timeoutMs: 30_000 });
  const relay = used === "edge-1" ? hosts.edge : hosts.relay2;
  stage.say(`    their packets go through ${used}: its line is cut`);
  await relay.linkDown();
  const cut = pings.report().received;
  await waitFor(() => pings.report().received > cut + 100, { what: "pings by the other relay", timeoutMs: 30_000 });
  const { longestGapMs } = await pings.stop();
  await relay.linkUp();
  stage.prove(
    "packets go by the other relay within 3 s",
    longestGapMs < failoverMs,
    `no answer for ${(longestGapMs / 1000).toFixed(1)} s`,
    "other work on this machine delays it: run the demo again when it is idle",
  );
  const isBack = async () => (await statusOf(hosts.edge)).hosts.every(({ online }) => online);
  await waitFor(isBack, { what: "every host to be online again", timeoutMs: 40_000, intervalMs: 250 });
}

/** A host's keys are renewed while requests and pings go through them. */
export async function proveRotation({ stage, hosts, url, ca, headers }: NetworkScene): Promise<void> {
  stage.chapter("api-1 gets new WireGuard keys, under load");
  const { hosts: all } = await statusOf(hosts.edge);
  const pings = await pinger(hosts.edge, all.find(({ name }) => name === "api-1")!.ipv4, { intervalMs: 5 });
  const load = await requester(hosts.client, url, { perSecond: 50, ca, headers });
  await stage.run(hosts.edge, ["portway", "rotate", "api-1", "--watch"]);
  const [requests, pinged] = [await load.stop(), await pings.stop()];
  const failed = requests.failures.length;
  stage.prove(
    "no packet and no request was lost",
    failed === 0 && pinged.lost === 0,
    `${pinged.lost} of ${pinged.received} pings, ${failed} of ${requests.count} requests`,
  );
}
