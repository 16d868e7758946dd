// `portway speed`: one host listens for the other for a moment, in the overlay on ports that nobody else may reach, and the
// other measures. Which of them begins is control's word alone: an administrator has asked for it, and the audit says who.
import type { Clock } from "../../lib/clock.ts";
import type { Exec } from "../../lib/exec.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import type { Inbound, MeshState } from "../../wire/mesh.ts";
import type { Flow, RequestTimes, SpeedMeasured, SpeedPorts, SpeedRun, SpeedServe } from "../../wire/speed.ts";
import { speedBounds, speedOverheadMs } from "../../wire/speed.ts";
import type { Meter } from "../mtu/meter.ts";
import type { Actual } from "../overlay/model.ts";
import type { Prober } from "../paths/prober.ts";
import type { Pinger } from "../ping.ts";
import { busyBetween, type CoreTicks, readCores } from "./cpu.ts";
import { runIperf, serveIperf } from "./iperf.ts";
import { limitOf } from "./limit.ts";
import { jitter, quantile } from "./quantile.ts";
import { connectRequests, type RequestClient, serveRequests } from "./requests.ts";

export interface SpeedParts {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly mesh: () => MeshState | undefined;
  /** The machine as it was read last. */
  readonly actual: () => Actual | undefined;
  readonly prober: Pick<Prober, "reach">;
  readonly meter: Pick<Meter, "measured">;
  readonly ping: Pinger["ping"];
  /** What may be opened towards this host has changed. */
  readonly onOpening: () => void;
}

export interface Speed {
  readonly serve: (question: SpeedServe) => Promise<SpeedPorts>;
  readonly run: (question: SpeedRun) => Promise<SpeedMeasured>;
  /** What may be opened towards this host while it listens, besides what access rules say. */
  readonly openings: () => readonly Inbound[];
  readonly close: () => void;
}

const [connectMs, probes] = [8_000, 5];
const mostServeMs = 2_000 * speedBounds.most + speedOverheadMs;

export function createSpeed(parts: SpeedParts): Speed {
  const { clock, mesh, prober, onOpening } = parts;
  let serving: { readonly inbound: readonly Inbound[]; readonly end: () => void } | undefined;
  let isRunning = false;

  const pairOf = (host: string) => {
    const pair = mesh()?.pairs.find((one) => one.host === host);
    if (pair === undefined || prober.reach(host) === undefined) throw new Error(`no access rule joins it and ${host}`);
    return pair;
  };

  return {
    async serve({ host, token, forMs, outside }) {
      const [pair, own] = [pairOf(host), mesh()!.host];
      if (serving !== undefined || isRunning) throw new Error("it measures something already");
      const over = new AbortController();
      const closers: (() => void)[] = [];
      const end = () => {
        over.abort();
        for (const close of closers) close();
        if (serving?.end !== end) return;
        serving = undefined;
        onOpening();
      };
      serving = { inbound: [], end };
      try {
        const requests = await serveRequests(outside ? "::" : own.ipv4, token, () => setImmediate(end));
        closers.push(requests.close);
        const iperf = await serveIperf(own.ipv4);
        closers.push(iperf.close);
        const allow = [iperf.port, requests.port].map((port) => ({
          protocol: "tcp" as const,
          first: port,
          last: port,
        }));
        serving = { inbound: [{ host, from: pair.prefixes, allow }], end };
        onOpening();
        void clock.sleep(Math.min(forMs, mostServeMs), over.signal).then(end);
        return { iperf: iperf.port, requests: requests.port };
      } catch (error) {
        end();
        throw error;
      }
    },
    async run(question) {
      const pair = pairOf(question.host);
      if (serving !== undefined || isRunning) throw new Error("it measures something already");
      isRunning = true;
      try {
        const address = pair.prefixes.find((prefix) => !prefix.includes(":"))!.replace("/32", "");
        return await measure(parts, question, address);
      } finally {
        isRunning = false;
      }
    },
    openings: () => serving?.inbound ?? [],
    close: () => serving?.end(),
  };
}

async function measure(parts: SpeedParts, question: SpeedRun, address: string): Promise<SpeedMeasured> {
  const { clock, exec, mesh, prober, meter, ping } = parts;
  const { host, token, ports, seconds } = question;
  const own = mesh()!.host.name;
  const client = await connectRequests(clock, { address, port: ports.requests, token }, connectMs);
  try {
    const pings = (await ping(host, probes)).find(({ inUse }) => inUse);
    const inside = await client.times();
    const outside = question.outside ? await withoutTunnel(parts, question) : {};
    const { path } = prober.reach(host)!;
    const mtu = meter.measured(host, path);
    const flow = async (reverse: boolean): Promise<Flow> => {
      const before = await bothCores(client);
      const flowed = await runIperf(exec, { address, port: ports.iperf, seconds }, reverse);
      const after = await bothCores(client);
      const [here, there] = [busyBetween(before[0], after[0]), busyBetween(before[1], after[1])];
      const ends = reverse ? { sender: there, receiver: here } : { sender: here, receiver: there };
      const names = reverse ? { sender: host, receiver: own } : { sender: own, receiver: host };
      return { ...flowed, ...ends, ...limitOf({ ...flowed, ...ends }, names, mtu) };
    };
    const there = await flow(false);
    const back = await flow(true);
    const { kind, plane, via } = path;
    const times = pings?.roundTripsMs ?? [];
    return {
      path: { kind, plane, ...(via !== undefined && { via }) },
      ...(mtu !== undefined && { mtu }),
      roundTrip: {
        medianMs: quantile(times, 0.5),
        jitterMs: jitter(times),
        ...{ sent: pings?.sent ?? 0, lost: (pings?.sent ?? 0) - times.length },
      },
      ...{ there, back, inside },
      ...outside,
    };
  } finally {
    await client.end().catch(() => {}); // its own time limit ends it too
    client.close();
  }
}

async function bothCores(client: RequestClient): Promise<readonly [CoreTicks, CoreTicks]> {
  return [readCores(), await client.cores()];
}

/** The address that packets to a host go to outside; undefined: they do not go there directly. */
function outsideOf({ prober, mesh, actual }: SpeedParts, host: string): string | undefined {
  if (prober.reach(host)?.path.kind !== "direct") return undefined;
  const peer = mesh()?.peers.find((one) => one.plane === "pw0" && one.host === host);
  const device = actual()?.links.get("pw0")?.device;
  const endpoint = device?.peers.find(({ publicKey }) => publicKey === peer?.publicKey)?.endpoint;
  return endpoint && parseEndpoint(endpoint, 0)?.host;
}

async function withoutTunnel(
  parts: SpeedParts,
  { host, token, ports }: SpeedRun,
): Promise<{ readonly outside?: RequestTimes; readonly outsideFailed?: string }> {
  const { clock } = parts;
  const address = outsideOf(parts, host);
  if (address === undefined) return { outsideFailed: "its packets go by a relay" };
  try {
    const client = await connectRequests(clock, { address, port: ports.requests, token }, 2_000);
    try {
      return { outside: await client.times() };
    } finally {
      client.close();
    }
  } catch (error) {
    return { outsideFailed: (error as Error).message };
  }
}
