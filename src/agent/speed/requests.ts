// Requests as an application sends them, over HTTP/2 without TLS: a plain GET, and one as gRPC frames it. The same server tells
// how busy its machine is. Whoever does not know the token is told nothing.
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Clock } from "../../lib/clock.ts";
import type { Latency, RequestTimes } from "../../wire/speed.ts";
import { type CoreTicks, readCores } from "./cpu.ts";
import { quantile } from "./quantile.ts";

export interface RequestServer {
  readonly port: number;
  readonly close: () => void;
}

/** `onEnd` is called when the other end is done. */
export function serveRequests(address: string, token: string, onEnd: () => void): Promise<RequestServer> {
  const server: Http2Server = createServer({ maxSessionMemory: 1 });
  const sessions = new Set<{ readonly destroy: () => void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session)).on("error", () => {});
  });
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {}).resume();
    if (headers["authorization"] !== token) return stream.respond({ ":status": 404 }, { endStream: true });
    const path = headers[":path"];
    if (path === "/end") onEnd();
    if (path === "/grpc") {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      return void stream.end(message);
    }
    stream.respond({ ":status": 200 });
    stream.end(path === "/cores" ? JSON.stringify(readCores()) : "ok");
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, address, () => {
      const { port } = server.address() as { readonly port: number };
      const close = () => {
        server.close();
        for (const session of sessions) session.destroy();
      };
      resolve({ port, close });
    });
  });
}

export interface RequestClient {
  readonly times: () => Promise<RequestTimes>;
  readonly cores: () => Promise<CoreTicks>;
  readonly end: () => Promise<unknown>;
  readonly close: () => void;
}

/** A length-prefixed message of 64 bytes (gRPC over HTTP/2, PROTOCOL-HTTP2.md). */
const message = Buffer.concat([Buffer.from([0, 0, 0, 0, 64]), Buffer.alloc(64)]);
const [mostRequests, mostMs, answerMs] = [300, 1_500, 3_000];

/** Connects, again and again for a while: the firewall at the other end opens a moment after it was asked. */
export async function connectRequests(
  clock: Clock,
  to: { readonly address: string; readonly port: number; readonly token: string },
  patienceMs: number,
): Promise<RequestClient> {
  const session = await connected(clock, to, patienceMs);
  const ask = (headers: IncomingHttpHeaders, body?: Buffer) =>
    answerTo(session, { ...headers, authorization: to.token }, body);
  const measure = async (work: () => Promise<unknown>): Promise<Latency> => {
    const took: number[] = [];
    await work();
    for (const begun = clock.monotonic(); took.length < mostRequests && clock.monotonic() - begun < mostMs; ) {
      const at = clock.monotonic();
      await work();
      took.push(clock.monotonic() - at);
    }
    return { requests: took.length, medianMs: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
  };
  return {
    times: async () => ({
      http2: await measure(() => ask({ ":path": "/" })),
      grpc: await measure(() =>
        ask({ ":path": "/grpc", ":method": "POST", "content-type": "application/grpc", te: "trailers" }, message),
      ),
    }),
    cores: async () => JSON.parse(await ask({ ":path": "/cores" })) as CoreTicks,
    end: () => ask({ ":path": "/end" }),
    close: () => session.destroy(),
  };
}

async function connected(
  clock: Clock,
  { address, port }: { readonly address: string; readonly port: number },
  patienceMs: number,
): Promise<ClientHttp2Session> {
  const host = address.includes(":") ? `[${address}]` : address;
  for (const begun = clock.monotonic(); ; ) {
    const session = connect(`http://${host}:${port}`);
    const opened = new Promise<boolean>((resolve) => {
      session.once("connect", () => resolve(true)).on("error", () => resolve(false));
    });
    if (await Promise.race([opened, clock.sleep(1_000).then(() => false)])) return session;
    session.destroy();
    if (clock.monotonic() - begun >= patienceMs) throw new Error(`nothing answers at ${host}:${port}`);
    await clock.sleep(100);
  }
}

function answerTo(session: ClientHttp2Session, headers: IncomingHttpHeaders, body?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let [status, text] = [0, ""];
    stream.setTimeout(answerMs, () => stream.destroy(new Error("a request was not answered")));
    stream.on("response", (answer) => {
      status = answer[":status"] ?? 0;
    });
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    stream.once("error", reject);
    stream.once("close", () =>
      status === 200 ? resolve(text) : reject(new Error(`a request was answered ${status}`)),
    );
    if (body !== undefined) stream.end(body);
  });
}
