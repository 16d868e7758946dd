import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { after, describe, test } from "node:test";
import type { HealthConfig } from "../../wire/edge-service.ts";
import { asker } from "./ask.ts";
import { requestMessage, servingStatus } from "./ask-grpc.ts";
import { targetTls } from "./target-tls.ts";

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const ask = asker(targetTls(() => undefined));
const never = new AbortController().signal;
const asking = (port: number, check: HealthConfig["check"], timeoutMs = 10_000, signal = never) =>
  ask({ address: "127.0.0.1", port }, { check, everyMs: 1000, timeoutMs, rise: 1, fall: 1 }, signal);

/** A port that nobody listens on any more. */
async function deadPort(): Promise<number> {
  const server = createTcpServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Takes connections and says nothing, or these bytes. */
const silentPort = (bytes?: string) =>
  portOf(
    createTcpServer((socket) => {
      closing.push(() => socket.destroy());
      socket.on("error", () => {});
      if (bytes !== undefined) socket.write(bytes);
    }),
  );

describe("an HTTP check", () => {
  const anySuccess = [{ first: 200, last: 299 }];
  const http = (changes: object = {}) => ({ kind: "http" as const, path: "/", statuses: anySuccess, ...changes });
  const seen: { readonly url: string; readonly host: string; readonly agent: string }[] = [];
  const server = createServer((incoming, response) => {
    const { url = "", headers } = incoming;
    seen.push({ url, host: headers.host ?? "", agent: headers["user-agent"] ?? "" });
    if (url === "/slow") return;
    if (url === "/endless") {
      const timer = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(timer));
    } else if (url === "/long") response.end(`${"x".repeat(65_536)}ok`);
    else if (url === "/split") {
      response.write("we are o");
      setImmediate(() => response.end("k"));
    } else response.writeHead(Number(url.slice(1)) || 200).end("all well");
  });
  closing.push(() => server.closeAllConnections());
  let port = 0;

  test("is content with a status that is meant", async () => {
    port = await portOf(server);
    assert.equal(await asking(port, http()), undefined);
    assert.equal(await asking(port, http({ path: "/204" })), undefined);
    assert.equal(
      await asking(port, http({ path: "/401", statuses: [...anySuccess, { first: 401, last: 401 }] })),
      undefined,
    );
  });

  test("tells another status; a redirect is one", async () => {
    assert.equal(await asking(port, http({ path: "/503" })), "status 503");
    assert.equal(await asking(port, http({ path: "/302" })), "status 302");
  });

  test("asks for the address unless it has a host, and says who asks", async () => {
    seen.length = 0;
    await asking(port, http());
    await asking(port, http({ path: "/healthz?deep", host: "api.example.com" }));
    assert.deepEqual(
      seen.map(({ url, host }) => `${host} ${url}`),
      [`127.0.0.1:${port} /`, "api.example.com /healthz?deep"],
    );
    assert.match(seen[0]!.agent, /^portway-health\//);
  });

  test("looks for a text in the first 64 KiB of the body, however it comes", async () => {
    assert.equal(await asking(port, http({ path: "/split", body: "are ok" })), undefined);
    assert.equal(await asking(port, http({ body: "all ill" })), 'no "all ill" in the body');
    assert.equal(await asking(port, http({ path: "/long", body: "ok" })), 'no "ok" in the body');
  });

  test("waits no longer than its time, for the answer and for the body", async () => {
    assert.equal(await asking(port, http({ path: "/slow" }), 50), "no answer in 50 ms");
    assert.equal(await asking(port, http({ path: "/endless", body: "ok" }), 50), "no answer in 50 ms");
    assert.equal(await asking(await silentPort(), http(), 50), "no answer in 50 ms");
  });

  test("tells that nobody is there, or somebody who speaks no HTTP", async () => {
    assert.equal(await asking(await deadPort(), http()), "connection refused");
    assert.equal(await asking(await silentPort("SSH-2.0-x\r\n"), http()), "the answer is not HTTP");
  });

  test("ends at once when it is no more wanted", async () => {
    const end = new AbortController();
    const asked = asking(await silentPort(), http(), 60_000, end.signal);
    end.abort();
    await asked;
  });
});

describe("a TCP check", () => {
  test("is content with a connection, and tells why there is none", async () => {
    assert.equal(await asking(await silentPort(), { kind: "tcp" }), undefined);
    assert.equal(await asking(await deadPort(), { kind: "tcp" }), "connection refused");
  });
});

describe("a gRPC check", () => {
  const answers: Record<string, (stream: ServerHttp2Stream) => void> = {
    "": (stream) => answer(stream, Buffer.from([0x08, 1])),
    "acme.Orders": (stream) => answer(stream, Buffer.from([0x08, 2])),
    empty: (stream) => answer(stream, Buffer.alloc(0)),
    strange: (stream) => answer(stream, Buffer.from("strange")),
    unknown: (stream) =>
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "5" }, { endStream: true }),
    missing: (stream) => stream.respond({ ":status": 404 }, { endStream: true }),
    web: (stream) => {
      stream.respond({ ":status": 200, "content-type": "text/html" });
      stream.end("<p>hello");
    },
    silent: () => {},
    gone: (stream) => stream.session?.destroy(),
  };
  function answer(stream: ServerHttp2Stream, message: Buffer): void {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
  }
  const paths: string[] = [];
  const server = createHttp2Server();
  server.on("session", (session) => {
    session.on("error", () => {});
    closing.push(() => session.destroy());
  });
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    paths.push(`${headers[":method"]} ${headers[":path"]} ${headers["content-type"]} ${headers.te}`);
    stream.on("error", () => {});
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => answers[Buffer.concat(chunks).subarray(7).toString()]!(stream));
  });
  let port = 0;
  const grpc = (service = "", timeoutMs?: number) => asking(port, { kind: "grpc", service }, timeoutMs);

  test("is content when the server serves", async () => {
    port = await portOf(server);
    assert.equal(await grpc(), undefined);
    assert.deepEqual(paths, ["POST /grpc.health.v1.Health/Check application/grpc trailers"]);
  });

  test("tells what else the server says", async () => {
    assert.equal(await grpc("acme.Orders"), "NOT_SERVING");
    assert.equal(await grpc("empty"), "UNKNOWN");
    assert.equal(await grpc("strange"), "the answer is not one of grpc.health.v1");
    assert.equal(await grpc("unknown"), "grpc-status 5");
    assert.equal(await grpc("missing"), "status 404");
    assert.equal(await grpc("web"), "the answer is not gRPC");
  });

  test("waits no longer than its time, and survives whoever closes or speaks another protocol", async () => {
    assert.equal(await grpc("silent", 50), "no answer in 50 ms");
    assert.notEqual(await grpc("gone"), undefined);
    const http = createServer((_incoming, response) => response.end());
    closing.push(() => http.closeAllConnections());
    assert.notEqual(await asking(await portOf(http), { kind: "grpc", service: "" }), undefined);
    assert.equal(await asking(await deadPort(), { kind: "grpc", service: "" }), "connection refused");
  });

  test("names services of any length", () => {
    assert.deepEqual([...requestMessage("ab")], [0, 0, 0, 0, 4, 0x0a, 2, 0x61, 0x62]);
    const long = requestMessage("a".repeat(255));
    assert.deepEqual([...long.subarray(0, 8)], [0, 0, 0, 1, 2, 0x0a, 0xff, 0x01]);
    assert.equal(long.length, 263);
    assert.equal(servingStatus(Buffer.from([0, 0, 0, 0, 2, 8, 1, 9])), undefined);
  });
});
