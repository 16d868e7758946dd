// Sends the probe of a trace: a connection, a datagram or an echo, from this host's own address in the network, and never past it.
import { createSocket } from "node:dgram";
import { createConnection } from "node:net";
import type { Exec } from "../../lib/exec.ts";
import type { TraceFlow, TraceSent } from "../../wire/trace.ts";

type Outcome = TraceSent["outcome"];

/** Long enough for the kernel to send a second time. */
const patienceMs = 2_000;

/** The interface by which the kernel would send it; undefined: it knows no way. */
export async function linkOf(exec: Exec, { from, to, protocol, port }: TraceFlow): Promise<string | undefined> {
  const door = protocol === "icmp" ? [] : ["ipproto", protocol, "dport", `${port}`];
  const { code, stdout } = await exec("ip", ["-json", "route", "get", to, "from", from, ...door]);
  if (code !== 0) return undefined;
  const [route] = JSON.parse(stdout) as readonly { readonly dev?: string }[];
  return route?.dev;
}

export function sendProbe(exec: Exec, flow: TraceFlow): Promise<Outcome> {
  if (flow.protocol === "icmp") return echo(exec, flow);
  return flow.protocol === "tcp" ? connection(flow) : datagram(flow);
}

/** The connection is reset as soon as it is there: nothing is sent on it. */
function connection({ from, to, port, mark }: TraceFlow): Promise<Outcome> {
  const { promise, resolve, failed } = probing();
  const socket = createConnection({ host: to, port: port!, localAddress: from, localPort: mark });
  const late = setTimeout(resolve, patienceMs, "silent");
  socket.once("connect", () => resolve("open")).once("error", failed);
  return promise.finally(() => {
    clearTimeout(late);
    socket.on("error", () => {}).resetAndDestroy();
  });
}

/** An empty one. Many services answer nothing to it: silence means little. */
function datagram({ from, to, port, mark }: TraceFlow): Promise<Outcome> {
  const { promise, resolve, failed } = probing();
  const socket = createSocket(to.includes(":") ? "udp6" : "udp4");
  const late = setTimeout(resolve, patienceMs, "silent");
  const checked = (next: () => void) => (error?: Error | null) => (error ? failed(error) : next());
  socket.once("message", () => resolve("open")).once("error", failed);
  socket.bind({ address: from, port: mark }, () => {
    const sent = checked(() => {});
    // The way may be gone by now: Node then calls back with an error, which its types do not tell of.
    socket.connect(
      port!,
      to,
      checked(() => socket.send("", sent)),
    );
  });
  return promise.finally(() => {
    clearTimeout(late);
    socket
      .removeAllListeners()
      .on("error", () => {})
      .close();
  });
}

async function echo(exec: Exec, { from, to, mark }: TraceFlow): Promise<Outcome> {
  const words = ["-n", "-q", "-c", "2", "-i", "0.5", "-W", "1", "-e", `${mark}`, "-I", from, to];
  const { code, stderr } = await exec("ping", words, { timeoutMs: 2 * patienceMs });
  if (code === 0) return "open";
  if (code === 1) return "silent";
  if (/unreachable/i.test(stderr)) return "unreachable";
  throw new Error(`ping: ${stderr.trim()}`);
}

const ends: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "silent",
  ...{ EHOSTUNREACH: "unreachable", ENETUNREACH: "unreachable", EPERM: "unreachable", EACCES: "unreachable" },
  EINVAL: "unreachable", // of two addresses that no route joins
};

/** What the probe comes to; `failed` is for what sockets tell, in whose events nothing may be thrown. */
function probing(): PromiseWithResolvers<Outcome> & { readonly failed: (error: Error) => void } {
  const probe = Promise.withResolvers<Outcome>();
  const failed = (error: Error & { readonly code?: string }) => {
    const outcome = ends[error.code ?? ""];
    if (outcome) probe.resolve(outcome);
    else probe.reject(error);
  };
  return { ...probe, failed };
}
