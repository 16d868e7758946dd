// One client that floods HTTP/2 as fast as it can, one connection after the other, or shakes hands again and again by 16 at once, for a
// time; then prints what came of it as JSON. A program of its own, so that it can have a processor that is not the gateway's. 0 seconds: one connection.
// Usage: node bench/flood-client.ts FLOOD PORT LOCAL-ADDRESS HOST SECONDS   (a flood's name, or `handshakes`)
import { connect } from "node:tls";
import { type Flood, floods } from "../test/hostile/floods.ts";

export interface FloodOutcome {
  /** Tried, got through the handshake, and ended by the gateway after that. */
  readonly connections: number;
  readonly open: number;
  readonly ended: number;
  readonly bytes: number;
}

const longestFloodMs = 15_000;
const handshakesAtOnce = 16;

const [called, port, localAddress, host, seconds] = process.argv.slice(2) as [string, string, string, string, string];
const flood = floods.find((one) => one.name === called);
if (flood === undefined && called !== "handshakes") throw new Error(`no flood is called ${JSON.stringify(called)}`);

interface Outcome {
  isOpen: boolean;
  isEnded: boolean;
  bytes: number;
}

/** One connection with what it floods with; without a flood it is closed once it is open. */
async function attack(one: Flood | undefined): Promise<Outcome> {
  const socket = connect({
    ...{ port: Number(port), host: "127.0.0.1", localAddress, servername: host },
    ...{ ALPNProtocols: ["h2"], rejectUnauthorized: false },
  });
  const outcome: Outcome = { isOpen: false, isEnded: false, bytes: 0 };
  const over = new Promise<void>((resolve) => {
    const end = () => {
      outcome.isEnded = outcome.isOpen;
      resolve();
    };
    socket.on("error", end).on("close", end).on("end", end);
  });
  const opened = new Promise<void>((resolve) => {
    socket.once("secureConnect", () => {
      outcome.isOpen = true;
      resolve();
    });
  });
  await Promise.race([opened, over]);
  if (one !== undefined && outcome.isOpen) await send(one, outcome, over);
  outcome.bytes = socket.bytesWritten;
  socket.destroy();
  return outcome;

  async function send({ start, again, most }: Flood, state: Outcome, ended: Promise<void>): Promise<void> {
    socket.resume();
    socket.write(Buffer.from(start, "latin1"));
    const limit = AbortSignal.timeout(longestFloodMs);
    for (let turn = 0; turn < most && !state.isEnded && !limit.aborted; turn++) {
      if (!socket.write(Buffer.from(again(turn), "latin1")))
        await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), ended]);
      if (turn % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    if (!state.isEnded) await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1_500).unref())]);
  }
}

const total = { connections: 0, open: 0, ended: 0, bytes: 0 };
const start = performance.now();

async function attackAgainAndAgain(): Promise<void> {
  do {
    const { isOpen, isEnded, bytes } = await attack(flood);
    total.connections++;
    total.open += isOpen ? 1 : 0;
    total.ended += isEnded ? 1 : 0;
    total.bytes += bytes;
  } while (performance.now() - start < Number(seconds) * 1000);
}

await Promise.all(Array.from({ length: flood === undefined ? handshakesAtOnce : 1 }, attackAgainAndAgain));
process.stdout.write(JSON.stringify(total satisfies FloodOutcome), () => process.exit(0));
