// A gRPC check: grpc.health.v1.Health/Check (https://github.com/grpc/grpc/blob/master/doc/health-checking.md) over HTTP/2.
// Its messages have one field each, so they are written and read here.
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { authorityOf, type Door } from "./ask.ts";
import type { TlsToTarget } from "./target-tls.ts";

/** HealthCheckResponse.ServingStatus. */
const servingStatuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;
const maxAnswerBytes = 65_536;

interface Answer {
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  body: Buffer;
}

/** What was wrong with the answer; rejects with what failed before there was one. */
export async function askGrpc(
  door: Door,
  service: string,
  signal: AbortSignal,
  tls: TlsToTarget | undefined,
): Promise<string | undefined> {
  const session = connect(`${tls ? "https" : "http"}://${authorityOf(door)}`, { ...tls });
  session.on("error", () => {}); // also after this has ended
  const giveUp = () => session.destroy(new Error("given up"));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return problemOf(await call(session, door.host, requestMessage(service)));
  } finally {
    signal.removeEventListener("abort", giveUp);
    session.destroy();
  }
}

function call(session: ClientHttp2Session, host: string | undefined, message: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const answer: Answer = { headers: {}, trailers: {}, body: Buffer.alloc(0) };
    session.on("error", reject);
    session.on("close", () => reject(new Error("the connection was closed")));
    const stream = session.request({
      ":method": "POST",
      ...(host !== undefined && { ":authority": host }),
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", (error) => reject(error.cause ?? error)); // it hears of a connection that fails before the session does
    stream.on("response", (headers) => {
      answer.headers = headers;
    });
    stream.on("trailers", (trailers) => {
      answer.trailers = trailers;
    });
    stream.on("data", (chunk: Buffer) => {
      answer.body = Buffer.concat([answer.body, chunk]);
      if (answer.body.length > maxAnswerBytes) reject(new Error("the answer is too large"));
    });
    stream.on("close", () => resolve(answer));
    stream.end(message);
  });
}

function problemOf({ headers, trailers, body }: Answer): string | undefined {
  const status = headers[":status"];
  if (status !== undefined && Number(status) !== 200) return `status ${status}`;
  const grpcStatus = trailers["grpc-status"] ?? headers["grpc-status"];
  if (grpcStatus === undefined) return "the answer is not gRPC";
  if (grpcStatus !== "0") return `grpc-status ${String(grpcStatus).slice(0, 10)}`;
  const serving = servingStatus(body);
  if (serving === 1) return undefined;
  return serving === undefined ? "the answer is not one of grpc.health.v1" : (servingStatuses[serving] ?? "UNKNOWN");
}

/** HealthCheckRequest with `service` (field 1), behind the five bytes that begin a gRPC message. */
export function requestMessage(service: string): Buffer {
  const text = Buffer.from(service);
  const field = text.length === 0 ? [] : [Buffer.from([0x0a, ...varint(text.length)]), text];
  const message = Buffer.concat(field);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** `status` (field 1) of a HealthCheckResponse behind its five bytes; undefined when it is none. */
export function servingStatus(body: Buffer): number | undefined {
  if (body.length < 5 || body[0] !== 0 || body.readUInt32BE(1) !== body.length - 5) return undefined;
  const message = body.subarray(5);
  if (message.length === 0) return 0; // a field with its default value is left out
  return message.length === 2 && message[0] === 0x08 ? message[1] : undefined;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
