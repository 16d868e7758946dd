// This host's part in `portway trace`: it counts where a probe passes, and sends it if it is the first.
import type { Clock } from "../../lib/clock.ts";
import { change, type Exec } from "../../lib/exec.ts";
import { formatAddress, parseAddress } from "../../net/address.ts";
import { parsePrefix, prefixContains } from "../../net/prefix.ts";
import type { MeshState } from "../../wire/mesh.ts";
import type { TraceFlow, TraceQuestion, TraceSent } from "../../wire/trace.ts";
import type { PairReach } from "../paths/prober.ts";
import { sendProbe } from "./send.ts";
import { traceCounts, traceTable, traceTableText } from "./table.ts";

export interface TracerParts {
  readonly exec: Exec;
  readonly announce: (command: string) => void;
  readonly clock: Pick<Clock, "sleep">;
  /** Of this host, as the state in force says; undefined: it has none. */
  readonly mesh: () => MeshState | undefined;
  /** How packets to a host go now. */
  readonly reach: (host: string) => Pick<PairReach, "path"> | undefined;
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

export function createTracer({ exec, announce, clock, mesh, reach }: TracerParts): Tracer {
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
    if (state?.host.ipv4 !== flow.from) throw new Error(`${flow.from} is not its address`);
    const pair = state.pairs.find(({ prefixes }) => prefixes.includes(`${flow.to}/32`));
    const path = pair && reach(pair.host)?.path;
    const outcome = await sendProbe(exec, flow);
    if (path === undefined) return { outcome };
    const { kind, plane, via } = path;
    return { outcome, path: { kind, plane, ...(via !== undefined && { via }) } };
  };

  return {
    async answer({ step, flow }) {
      if (!isSound(flow, mesh())) throw new Error("that is no probe within this network");
      if (step === "watch") return watch(flow);
      if (JSON.stringify(open?.flow) !== JSON.stringify(flow)) throw new Error("that trace is over");
      return step === "send" ? send(flow) : tell();
    },
    close: async () => {
      if (open) await end();
    },
  };
}

/** Its parts are put in a text for nft, and sent to: nothing but what a trace can be is taken. */
function isSound({ from, to, protocol, port = 1, mark }: TraceFlow, state: MeshState | undefined): boolean {
  const range = state && parsePrefix(state.host.ipv4Prefix);
  const isInside = (text: string) => {
    const address = parseAddress(text);
    return (
      range !== undefined && address !== undefined && formatAddress(address) === text && prefixContains(range, address)
    );
  };
  const isPort = (number: unknown) => Number.isInteger(number) && Number(number) > 0 && Number(number) < 65_536;
  return [from, to].every(isInside) && ["tcp", "udp", "icmp"].includes(protocol) && [port, mark].every(isPort);
}

/** Does nothing where there is none. */
export async function removeTraceTable(exec: Exec, announce: (command: string) => void): Promise<void> {
  if ((await exec("nft", ["list", "table", ...table])).code === 0)
    await change(exec, announce, "nft", ["delete", "table", ...table]).catch(() => {}); // somebody else did
}
