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
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const socket = createConnection({ host: to, port: port!, localAddress: from, localPort: mark });
  const late = setTimeout(resolve, patienceMs, "silent");
  socket.once("connect", () => resolve("open")).once("error", (error) => resolve(outcomeOf(error)));
  return promise.finally(() => {
    clearTimeout(late);
    socket.on("error", () => {}).resetAndDestroy();
  });
}

/** An empty one. Many services answer nothing to it: silence means little. */
function datagram({ from, to, port, mark }: TraceFlow): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const socket = createSocket(to.includes(":") ? "udp6" : "udp4");
  const late = setTimeout(resolve, patienceMs, "silent");
  socket.once("message", () => resolve("open")).once("error", (error) => resolve(outcomeOf(error)));
  socket.bind({ address: from, port: mark }, () => {
    socket.connect(port!, to, () => socket.send("", (error) => error && resolve(outcomeOf(error))));
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

function outcomeOf(error: Error & { readonly code?: string }): Outcome {
  if (error.code === "ECONNREFUSED") return "refused";
  if (["EHOSTUNREACH", "ENETUNREACH", "EPERM"].includes(error.code ?? "")) return "unreachable";
  if (error.code === "ETIMEDOUT") return "silent";
  throw error;
}
