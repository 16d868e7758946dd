// Connections that live long, through the gateway: each can say whether what it carries still comes back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { type ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import { grpcClient, type Message, methods } from "./grpc-peers.ts";

/** A connection on which something is said and answered. */
export interface Live {
  readonly name: string;
  /** Says something and resolves with whether it came back. */
  readonly works: () => Promise<boolean>;
  readonly isOver: () => boolean;
  readonly end: () => void;
}

/** To an origin that echoes (test/lab/websocket.ts). */
export async function liveWebSocket(port: number, host: string): Promise<Live> {
  const headers = { host: `${host}.test`, connection: "upgrade", upgrade: "websocket", "sec-websocket-key": "x" };
  const asked = httpRequest({ host: "127.0.0.1", port, headers, agent: false });
  asked.end();
  const [, raw] = (await once(asked, "upgrade")) as [IncomingMessage, Socket];
  const isOver = endOf(raw);
  return {
    name: `WebSocket of ${host}`,
    async works() {
      const echoed = once(raw, "data");
      raw.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
      return ((await echoed) as [Buffer])[0].includes("hi");
    },
    isOver,
    end: () => raw.destroy(),
  };
}

/** `teller` gives, once the stream has begun, what makes its origin say something on it. */
export async function liveEvents(
  port: number,
  host: string,
  teller: () => (text: string) => void,
  path = "/",
): Promise<Live> {
  const raw = connect(port, "127.0.0.1", () => raw.write(`GET ${path} HTTP/1.1\r\nHost: ${host}.test\r\n\r\n`));
  const isOver = endOf(raw);
  await once(raw, "data");
  const tell = teller();
  return {
    name: `events of ${host}`,
    async works() {
      const told = once(raw, "data");
      tell("more");
      return ((await told) as [Buffer])[0].includes("data: more");
    },
    isOver,
    end: () => raw.destroy(),
  };
}

/** To the origin of grpc-peers.ts, over TLS as `name`. */
export async function liveCall(port: number, name: string, pem: string): Promise<Live> {
  const client = grpcClient(port, name, pem);
  const { path, requestSerialize, responseDeserialize } = methods.both;
  const both: ClientDuplexStream<Message, Message> = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    new Metadata(),
  );
  let isOver = false;
  both
    .on("error", () => {})
    .on("status", () => {
      isOver = true;
    });
  const works = async () => {
    const answered = once(both, "data");
    both.write({ sizes: [7] });
    return ((await answered) as [Message])[0].body?.length === 7;
  };
  assert.ok(await works());
  const end = () => {
    both.cancel();
    client.close();
  };
  return { name: "gRPC stream", works, isOver: () => isOver, end };
}

export async function assertAlive(live: readonly Live[], when: string): Promise<void> {
  for (const one of live) assert.ok(!one.isOver() && (await one.works()), `${one.name}, after ${when}`);
}

function endOf(socket: Socket): () => boolean {
  let isOver = false;
  socket
    .on("error", () => {})
    .on("close", () => {
      isOver = true;
    });
  return () => isOver;
}
