// This host's part in `portway trace`: it counts where a probe passes, and sends it if it is the first.
import type { Clock } from "../../lib/clock.ts";
import { change, type Exec } from "../../lib/exec.ts";
import { formatAddress, parseAddress } from "../../net/address.ts";
import { hostPrefix, parsePrefix, prefixContains, smallestAround } from "../../net/prefix.ts";
import type { MeshState, SubnetObject } from "../../wire/mesh.ts";
import type { TraceFlow, TraceQuestion, TraceSent } from "../../wire/trace.ts";
import { planeNames } from "../overlay/model.ts";
import { internetSubnets } from "../overlay/tunnel.ts";
import type { PairReach } from "../paths/prober.ts";
import { linkOf, sendProbe } from "./send.ts";
import { traceCounts, traceTable, traceTableText } from "./table.ts";

export interface TracerParts {
  readonly exec: Exec;
  readonly announce: (command: string) => void;
  readonly clock: Pick<Clock, "sleep">;
  /** Of this host, as the state in force says; undefined: it has none. */
  readonly mesh: () => MeshState | undefined;
  /** How packets to a host go now. */
  readonly reach: (host: string) => Pick<PairReach, "path"> | undefined;
  /** The host that leads to a network behind hosts, or to the internet. */
  readonly routerOf: (subnet: SubnetObject) => string | undefined;
}

export interface Tracer {
  /** Rejects where it cannot be told, or another trace goes on. */
  readonly answer: (question: TraceQuestion) => Promise<unknown>;
  /** Removes what is left. */
  readonly close: () => Promise<void>;
}

/** A trace whose end nobody asks for is over then. */
const longestMs = 15_000;
const table = traceTable.split(" ");

export function createTracer({ exec, announce, clock, mesh, reach, routerOf }: TracerParts): Tracer {
  let open: { readonly flow: TraceFlow; readonly ended: AbortController } | undefined;
  const remove = () => removeTraceTable(exec, announce);
  void remove(); // of an agent before this one

  const end = async () => {
    open?.ended.abort();
    open = undefined;
    await remove();
  };
  const watch = async (flow: TraceFlow) => {
    if (open) throw new Error("another trace goes on there: try again in a moment");
    const ended = new AbortController();
    open = { flow, ended };
    try {
      await change(exec, announce, "nft", ["-f", "-"], { input: traceTableText(flow), timeoutMs: 4_000 });
    } catch (error) {
      open = undefined;
      throw error;
    }
    void clock.sleep(longestMs, ended.signal).then(() => (ended.signal.aborted ? undefined : end()));
    return true;
  };
  const tell = async () => {
    const { code, stdout, stderr } = await exec("nft", ["-j", "list", "table", ...table], { timeoutMs: 4_000 });
    await end();
    if (code !== 0) throw new Error(stderr.trim());
    return traceCounts(stdout);
  };

  const send = async (flow: TraceFlow): Promise<TraceSent> => {
    const state = mesh();
    if (state === undefined || ![state.host.ipv4, state.host.ipv6].includes(flow.from))
      throw new Error(`${flow.from} is not its address`);
    const pair = state.pairs.find(({ prefixes }) => prefixes.includes(hostPrefix(flow.to)!));
    const network = pair ? undefined : smallestAround(networksBeyond(state), flow.to);
    const through = network && routerOf(network);
    const beyond = through === undefined ? {} : { through };
    const link = await linkOf(exec, flow);
    if (link === undefined) return { outcome: "unreachable", ...beyond };
    if (!isPlane(link)) return { outcome: "unreachable", past: link };
    const name = pair?.host ?? through;
    const path = name === undefined ? undefined : reach(name)?.path;
    const outcome = await sendProbe(exec, flow);
    if (path === undefined) return { outcome, ...beyond };
    const { kind, plane, via } = path;
    return { outcome, ...beyond, path: { kind, plane, ...(via !== undefined && { via }) } };
  };

  return {
    async answer({ step, flow }) {
      if (!isSound(flow, mesh())) throw new Error("that is no probe of this network");
      if (step === "watch") return watch(flow);
      if (JSON.stringify(open?.flow) !== JSON.stringify(flow)) throw new Error("that trace is over");
      return step === "send" ? send(flow) : tell();
    },
    close: async () => {
      if (open) await end();
    },
  };
}

const isPlane = (link: string) => (planeNames as readonly string[]).includes(link);

/** Networks to which this host sends: behind hosts, or else the internet. */
const networksBeyond = (state: MeshState): readonly SubnetObject[] => [
  ...state.subnets.filter(({ own }) => own),
  ...internetSubnets(state),
];

/** Its parts are put in a text for nft, and sent to: nothing but what a trace can be is taken. */
function isSound({ from, to, protocol, port = 1, mark }: TraceFlow, state: MeshState | undefined): boolean {
  const [source, target] = [from, to].map((text) => {
    const address = parseAddress(text);
    return address !== undefined && formatAddress(address) === text ? address : undefined;
  });
  if (state === undefined || source === undefined || target === undefined) return false;
  const { ipv4Prefix, ipv6Prefix } = state.host;
  const isInside = [ipv4Prefix, ipv6Prefix].some((range) => prefixContains(parsePrefix(range)!, source));
  const isPort = (number: unknown) => Number.isInteger(number) && Number(number) > 0 && Number(number) < 65_536;
  const isOne = ["tcp", "udp", "icmp"].includes(protocol) && [port, mark].every(isPort);
  return isInside && isOne && from.includes(":") === to.includes(":");
}

/** Does nothing where there is none. */
export async function removeTraceTable(exec: Exec, announce: (command: string) => void): Promise<void> {
  if ((await exec("nft", ["list", "table", ...table])).code === 0)
    await change(exec, announce, "nft", ["delete", "table", ...table]).catch(() => {}); // somebody else did
}
