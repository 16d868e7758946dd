// gRPC through the gateway, as gRPC's interoperability tests ask (their names, their sizes), and the gateway's own errors.
//
//   @grpc/grpc-js client ──TLS, HTTP/2──▶ nginx ──HTTP/2 without TLS──▶ @grpc/grpc-js server
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type CallOptions, type Client, Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { selfSigned } from "../../src/lib/x509.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { type GrpcOrigin, grpcClient, grpcOrigin, type Message, methods } from "./grpc-peers.ts";

interface Outcome {
  readonly answer: Message | undefined;
  readonly error: ServiceError | undefined;
  readonly initial: Metadata;
  readonly status: StatusObject;
}

describe("gRPC through the gateway", () => {
  let origin: GrpcOrigin;
  let gateway: Gateway;
  const clients: Client[] = [];
  let pem = "";

  before(async () => {
    origin = await grpcOrigin();
    const names = ["grpc.test", "down.test", "limited.test", "late.test"];
    const pair = await selfSigned(names, Date.now());
    pem = pair.certificatePem;
    const object = { names, certificatePem: pem, keyPem: pair.keyPem };
    gateway = await startGateway({
      objects: {
        "certificate/test": JSON.stringify(object),
        ...service("app", targetsAt(origin.port), { protocol: "grpc" }),
        ...service("down", targetsAt(await freePort()), { protocol: "grpc" }),
        ...route("grpc", { maxBodyBytes: 1000 }),
        ...route("down", { service: "down" }),
        ...route("late", { timeouts: { responseMs: 300 } }),
        ...route("limited", {}, [
          {
            plugin: "rateLimit",
            config: { per: "route", intervalMicros: 60_000_000, burst: 1, tokens: 1, perMs: 60_000, id: "limited" },
          },
        ]),
      },
    });
  });
  after(async () => {
    for (const client of clients) client.close();
    await gateway.stop();
    origin.close();
  });

  const to = (name = "grpc.test") => {
    const client = grpcClient(gateway.httpsPort, name, pem);
    clients.push(client);
    return client;
  };
  const { requestSerialize: write, responseDeserialize: read } = methods.unary;

  function unary(
    client: Client,
    message: Message,
    metadata = new Metadata(),
    options: CallOptions = {},
    path: string = methods.unary.path,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      let initial = new Metadata();
      let answer: Message | undefined;
      let error: ServiceError | undefined;
      const call = client.makeUnaryRequest(path, write, read, message, metadata, options, (failure, value) => {
        [answer, error] = [value, failure ?? undefined];
      });
      call.on("metadata", (found) => {
        initial = found;
      });
      call.on("status", (found) => setImmediate(() => resolve({ answer, error, initial, status: found })));
    });
  }

  const isOver = (call: { on: (event: "status", listener: (found: StatusObject) => void) => unknown }) =>
    new Promise<StatusObject>((resolve) => call.on("status", resolve));
  const both = (metadata = new Metadata(), options: CallOptions = {}) => {
    const call = to().makeBidiStreamRequest(methods.both.path, write, read, metadata, options);
    call.on("error", () => {});
    return call;
  };
  const next = (call: { once: (event: "data", listener: (message: Message) => void) => unknown }) =>
    new Promise<number>((resolve) => call.once("data", (message) => resolve(message.body?.length ?? 0)));

  test("empty_unary", async () => {
    const { answer, status: found } = await unary(to(), {});
    assert.deepEqual([answer, found.code], [{ body: "" }, status.OK]);
  });

  test("large_unary, beyond the route's body limit, which is for HTTP bodies", async () => {
    const { answer } = await unary(to(), { body: "x".repeat(271_828), sizes: [314_159] });
    assert.equal(answer?.body?.length, 314_159);
  });

  test("client_streaming", async () => {
    const { promise, resolve } = Promise.withResolvers<Message | undefined>();
    const call = to().makeClientStreamRequest(methods.clientStream.path, write, read, (_error, value) =>
      resolve(value),
    );
    for (const bytes of [27_182, 8, 1828, 45_904]) call.write({ body: "x".repeat(bytes) });
    call.end();
    assert.deepEqual(await promise, { sum: 74_922 });
  });

  test("server_streaming", async () => {
    const sizes = [31_415, 9, 2653, 58_979];
    const call = to().makeServerStreamRequest(methods.serverStream.path, write, read, { sizes });
    const found: number[] = [];
    for await (const message of call as AsyncIterable<Message>) found.push(message.body!.length);
    assert.deepEqual(found, sizes);
  });

  test("ping_pong", async () => {
    const call = both();
    const over = isOver(call);
    for (const size of [31_415, 9, 2653, 58_979]) {
      const answered = next(call);
      call.write({ sizes: [size] });
      assert.equal(await answered, size);
    }
    call.end();
    assert.equal((await over).code, status.OK);
  });

  test("empty_stream", async () => {
    const call = both();
    const over = isOver(call);
    call.resume();
    call.end();
    assert.equal((await over).code, status.OK);
  });

  test("custom_metadata, in text at the start and in bytes at the end", async () => {
    const metadata = new Metadata();
    metadata.set("x-echo-initial", "test_initial_metadata_value");
    metadata.set("x-echo-trailing-bin", Buffer.from([0xab, 0xab, 0xab]));
    const { initial, status: found } = await unary(to(), {}, metadata);
    assert.deepEqual(initial.get("x-echo-initial"), ["test_initial_metadata_value"]);
    assert.deepEqual(found.metadata.get("x-echo-trailing-bin"), [Buffer.from([0xab, 0xab, 0xab])]);
    assert.equal(origin.metadata()?.get("x-forwarded-proto")[0], "https");
    assert.match(String(origin.metadata()?.get("x-request-id")[0]), /^[0-9a-f]{12}-\d+$/);
  });

  test("status_code_and_message, of a call and of a stream", async () => {
    const asked = { code: status.UNKNOWN, message: "test status message" };
    const { error } = await unary(to(), { status: asked });
    assert.deepEqual([error?.code, error?.details], [asked.code, asked.message]);
    const call = both();
    const over = isOver(call);
    call.resume();
    call.write({ status: asked });
    const found = await over;
    assert.deepEqual([found.code, found.details], [asked.code, asked.message]);
  });

  test("special_status_message", async () => {
    const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
    const { error } = await unary(to(), { status: { code: status.UNKNOWN, message } });
    assert.equal(error?.details, message);
  });

  test("unimplemented_method", async () => {
    const { error } = await unary(to(), {}, new Metadata(), {}, "/interop.Test/Nothing");
    assert.equal(error?.code, status.UNIMPLEMENTED);
  });

  test("unimplemented_service", async () => {
    const { error } = await unary(to(), {}, new Metadata(), {}, "/interop.Nothing/Unary");
    assert.equal(error?.code, status.UNIMPLEMENTED);
  });

  test("cancel_after_begin: the server learns of it", async () => {
    const before = origin.cancelled();
    const call = both();
    const over = isOver(call);
    call.write({ sizes: [] });
    await waitFor(async () => origin.metadata() !== undefined, { what: "the call to reach the server" });
    call.cancel();
    assert.equal((await over).code, status.CANCELLED);
    const stream = both();
    const ended = isOver(stream);
    const first = next(stream);
    stream.write({ sizes: [1] });
    await first;
    stream.cancel();
    await ended;
    await waitFor(async () => origin.cancelled() > before, { what: "the server to be told" });
  });

  test("cancel_after_first_response", async () => {
    const before = origin.cancelled();
    const call = both();
    const over = isOver(call);
    const answered = next(call);
    call.write({ sizes: [31_415] });
    assert.equal(await answered, 31_415);
    call.cancel();
    assert.equal((await over).code, status.CANCELLED);
    await waitFor(async () => origin.cancelled() > before, { what: "the server to be told" });
  });

  test("timeout_on_sleeping_server, and the deadline reaches the server", async () => {
    const { error } = await unary(to(), { waitMs: 5000 }, new Metadata(), { deadline: Date.now() + 200 });
    assert.equal(error?.code, status.DEADLINE_EXCEEDED);
    await unary(to(), {}, new Metadata(), { deadline: Date.now() + 60_000 });
    assert.match(String(origin.metadata()?.get("grpc-timeout")[0] ?? "gone"), /^(\d+[mSu]|gone)$/);
  });

  test("errors of the gateway are statuses of gRPC, with the request's id", async () => {
    const refused = await unary(to("down.test"), {});
    assert.equal(refused.error?.code, status.UNAVAILABLE);
    assert.match(refused.error?.details ?? "", /^Bad Gateway \(request [0-9a-f]+-\d+\)$/);
    const limited = to("limited.test");
    assert.equal((await unary(limited, {})).error, undefined);
    assert.equal((await unary(limited, {})).error?.code, status.RESOURCE_EXHAUSTED);
    const late = await unary(to("late.test"), { waitMs: 3000 });
    assert.equal(late.error?.code, status.DEADLINE_EXCEEDED);
    assert.match(late.error?.details ?? "", /^Gateway Timeout/);
  });

  test("such an error is counted as what it stands for", async () => {
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        return (
          counters["portway_requests_total|route=down,status_class=5xx"] === 1 &&
          counters["portway_requests_total|route=limited,status_class=4xx"] === 1 &&
          counters["portway_upstream_errors_total|service=down,target=t1,kind=failed"] === 1
        );
      },
      { what: "the counters" },
    );
  });
});
