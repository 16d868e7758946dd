// iperf3: a server that only one pair may reach, and one flow to it. Its JSON is read here and nowhere else.
import { createServer } from "node:net";
import { type Exec, start } from "../../lib/exec.ts";

export interface IperfServer {
  readonly port: number;
  readonly close: () => void;
}

export interface IperfFlow {
  readonly bitsPerSecond: number;
  readonly retransmits: number;
  readonly retransmitShare: number;
  readonly roundTripMs?: number;
}

const iperfMissing = "iperf3 is not installed there: apt install iperf3";
const startMs = 5_000;

/** Listens on a free port of that address. */
export async function serveIperf(address: string): Promise<IperfServer> {
  const port = await freePort(address);
  const child = start("iperf3", ["-s", "-B", address, "-p", `${port}`, "--forceflush"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const close = () => void child.kill("SIGKILL");
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => fail("iperf3 does not begin to listen"), startMs);
    const fail = (reason: string) => {
      clearTimeout(timer);
      close();
      reject(new Error(reason));
    };
    child.once("error", () => fail(iperfMissing));
    child.once("exit", () => fail(`iperf3 ended: ${said.trim().slice(0, 200)}`));
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-2_000);
        if (!said.includes("listening")) return;
        clearTimeout(timer);
        resolve();
      });
  });
  return { port, close };
}

/** One TCP flow to a server, or with `reverse` from it. */
export async function runIperf(
  exec: Exec,
  to: { readonly address: string; readonly port: number; readonly seconds: number },
  reverse: boolean,
): Promise<IperfFlow> {
  const { address, port, seconds } = to;
  const words = ["-c", address, "-p", `${port}`, "-t", `${seconds}`, "-J", "--connect-timeout", "3000"];
  const timeoutMs = seconds * 1_000 + 8_000;
  const ran = await exec("iperf3", [...words, ...(reverse ? ["-R"] : [])], { timeoutMs });
  if (ran.code === -1 && /ENOENT/.test(ran.stderr)) throw new Error(iperfMissing);
  return parseIperf(ran.stdout, ran.stderr);
}

/** Reads what `iperf3 -J` printed; throws what went wrong, in its words. */
export function parseIperf(text: string, stderr = ""): IperfFlow {
  let told: Told;
  try {
    told = JSON.parse(text) as Told;
  } catch {
    throw new Error(`iperf3 told nothing: ${stderr.trim().slice(0, 200)}`);
  }
  const { error, end } = told;
  if (error !== undefined || end?.sum_received === undefined) throw new Error(`iperf3: ${error ?? "no result"}`);
  const retransmits = end.sum_sent?.retransmits ?? 0;
  const segments = (end.sum_sent?.bytes ?? 0) / (told.start?.tcp_mss_default ?? told.start?.tcp_mss ?? 1_368);
  const roundTripUs = end.streams?.[0]?.sender?.mean_rtt;
  return {
    bitsPerSecond: Math.round(end.sum_received.bits_per_second),
    retransmits,
    retransmitShare: segments > 0 ? retransmits / segments : 0,
    ...(roundTripUs !== undefined && roundTripUs > 0 && { roundTripMs: roundTripUs / 1000 }),
  };
}

interface Told {
  readonly error?: string;
  readonly start?: { readonly tcp_mss?: number; readonly tcp_mss_default?: number };
  readonly end?: {
    readonly sum_sent?: { readonly bytes: number; readonly retransmits?: number };
    readonly sum_received?: { readonly bits_per_second: number };
    readonly streams?: readonly { readonly sender?: { readonly mean_rtt?: number } }[];
  };
}

function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, address, () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
