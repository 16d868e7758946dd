// A gRPC server and client that tell of everything interop tests ask for, without Protocol Buffers: messages are JSON.
import {
  type ChannelCredentials,
  Client,
  credentials,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
} from "@grpc/grpc-js";

/** What goes either way: bytes as text, and what the server is asked for. */
export interface Message {
  readonly body?: string;
  /** Sizes of the answers that the server shall send. */
  readonly sizes?: readonly number[];
  readonly sum?: number;
  readonly status?: { readonly code: number; readonly message: string };
  readonly waitMs?: number;
}

const serialize = (message: Message) => Buffer.from(JSON.stringify(message));
const deserialize = (bytes: Buffer) => JSON.parse(bytes.toString()) as Message;

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/interop.Test/${name}`,
  requestStream,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
});

export const methods = {
  unary: method("Unary", false, false),
  clientStream: method("ClientStream", true, false),
  serverStream: method("ServerStream", false, true),
  both: method("Both", true, true),
} as const satisfies ServiceDefinition;

export interface GrpcOrigin {
  readonly port: number;
  /** Calls that ended because their client went away. */
  readonly cancelled: () => number;
  /** Metadata of the last call. */
  readonly metadata: () => Metadata | undefined;
  readonly close: () => void;
}

type Call = { readonly metadata: Metadata; sendMetadata: (metadata: Metadata) => void; on: unknown };

/** A server on loopback; with `tls` it asks for nothing but its own certificate. */
export async function grpcOrigin(serverCredentials = ServerCredentials.createInsecure()): Promise<GrpcOrigin> {
  const server = new Server();
  let cancelled = 0;
  let metadata: Metadata | undefined;
  const begin = (call: Call & { on: (event: "cancelled", listener: () => void) => unknown }) => {
    metadata = call.metadata;
    call.on("cancelled", () => cancelled++);
    const initial = call.metadata.clone();
    for (const name of Object.keys(initial.getMap())) if (!name.startsWith("x-echo-initial")) initial.remove(name);
    call.sendMetadata(initial);
  };
  const trailers = (call: Call) => {
    const trailing = call.metadata.clone();
    for (const name of Object.keys(trailing.getMap())) if (!name.startsWith("x-echo-trailing")) trailing.remove(name);
    return trailing;
  };
  server.addService(methods, {
    async unary(call: ServerUnaryCall<Message, Message>, done: sendUnaryData<Message>) {
      const { status, sizes = [0], waitMs } = call.request;
      if (waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      begin(call as never);
      if (status) done({ code: status.code, details: status.message, metadata: trailers(call as never) });
      else done(null, { body: "x".repeat(sizes[0] ?? 0) }, trailers(call as never));
    },
    clientStream(call: ServerReadableStream<Message, Message>, done: sendUnaryData<Message>) {
      begin(call as never);
      let sum = 0;
      call.on("data", ({ body = "" }: Message) => {
        sum += body.length;
      });
      call.on("end", () => done(null, { sum }, trailers(call as never)));
    },
    serverStream(call: ServerWritableStream<Message, Message>) {
      begin(call as never);
      for (const size of call.request.sizes ?? []) call.write({ body: "x".repeat(size) });
      call.end(trailers(call as never));
    },
    both(call: ServerDuplexStream<Message, Message>) {
      begin(call as never);
      call.on("data", ({ status, sizes = [] }: Message) => {
        if (status) call.emit("error", { code: status.code, details: status.message });
        else for (const size of sizes) call.write({ body: "x".repeat(size) });
      });
      call.on("end", () => call.end(trailers(call as never)));
      call.on("error", () => {});
    },
  } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", serverCredentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { port, cancelled: () => cancelled, metadata: () => metadata, close: () => server.forceShutdown() };
}

/** A client of the gateway's HTTPS port that asks for the host `name`, whose certificate is its own authority. */
export function grpcClient(port: number, name: string, authorityPem: string): Client {
  const channel: ChannelCredentials = credentials.createSsl(Buffer.from(authorityPem));
  return new Client(`127.0.0.1:${port}`, channel, {
    "grpc.ssl_target_name_override": name,
    "grpc.default_authority": name,
    "grpc.enable_retries": 0,
  });
}
