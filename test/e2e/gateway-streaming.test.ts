// What HTTP can do beside a request and an answer that are whole: events as they come, bodies that stream, waiting,
// `Expect`, HEAD, ranges, trailers. Nothing is timed: each side sends its next part when it has seen the other's last.
//
//   client ──HTTP/1.1 or HTTP/2──▶ nginx ──HTTP/1.1──▶ origin
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { selfSigned } from "../../src/lib/x509.ts";
import { acceptWebSocket } from "../lab/websocket.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { exchange, httpOrigin, type Origin, statuses } from "./gateway-origins.ts";

const page = "0123456789";

const ways = {
  buffered: undefined,
  "stream-request": { request: false, response: true },
  "stream-response": { request: true, response: false },
  stream: { request: false, response: false },
} as const;

describe("through the gateway", () => {
  let origin: Origin;
  let gateway: Gateway;
  let arrived = Promise.withResolvers<readonly [IncomingMessage, ServerResponse]>();

  /** The next request that reaches the origin, which leaves its answer to the test. */
  const nextRequest = () => {
    arrived = Promise.withResolvers();
    return arrived.promise;
  };
  const answers: Readonly<Record<string, RequestListener>> = {
    "/page": (request, response) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
      response.setHeader("accept-ranges", "bytes").setHeader("etag", '"1"');
      if (!range) return void response.setHeader("content-length", page.length).end(page);
      const [first, last] = [Number(range[1]), Number(range[2])];
      if (first >= page.length) return void response.writeHead(416, { "content-range": "bytes */10" }).end();
      response.writeHead(206, { "content-range": `bytes ${first}-${last}/10` }).end(page.slice(first, last + 1));
    },
    "/trailers": (_request, response) => {
      response.writeHead(200, { trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": "1" });
      response.end();
    },
    "/seen": (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => response.end(JSON.stringify([request.headers, request.trailers, body])));
    },
  };

  before(async () => {
    origin = await httpOrigin((request, response) => {
      const answer = answers[request.url!];
      if (answer) answer(request, response);
      else arrived.resolve([request, response]);
    }, acceptWebSocket);
    const pair = await selfSigned(["buffered.test"], Date.now());
    const certificate = { names: ["buffered.test"], certificatePem: pair.certificatePem, keyPem: pair.keyPem };
    const routes = Object.entries(ways).map(([name, buffering]) =>
      route(name, { maxBodyBytes: 1000, ...(buffering && { buffering }) }),
    );
    gateway = await startGateway({
      objects: Object.assign({}, service("app", targetsAt(origin.port)), ...routes, {
        "certificate/test": JSON.stringify(certificate),
      }),
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const open = (name: string, method = "GET", headers: Readonly<Record<string, string>> = {}) =>
    httpRequest({
      host: "127.0.0.1",
      port: gateway.httpPort,
      path: "/held",
      method,
      agent: false,
      headers: { host: `${name}.test`, ...headers },
    });

  for (const name of Object.keys(ways)) {
    test(`${name}: events arrive one by one, as long as the client stays`, async () => {
      const reached = nextRequest();
      const client = open(name, "GET", { accept: "text/event-stream" });
      client.on("error", () => {}); // it goes away at the end
      client.end();
      const [, response] = await reached;
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 0\n\n");
      const [answer] = (await once(client, "response")) as [IncomingMessage];
      for (let i = 1; i <= 20; i++) {
        const [event] = (await once(answer, "data")) as [Buffer];
        assert.equal(String(event), `data: ${i - 1}\n\n`);
        response.write(`data: ${i}\n\n`);
      }
      client.destroy();
      await once(response, "close");
    });
  }

  test("events arrive one by one over HTTP/2 too", async () => {
    const session = connectHttp2(`https://buffered.test:${gateway.httpsPort}`, {
      host: "127.0.0.1",
      servername: "buffered.test",
      rejectUnauthorized: false,
    });
    const reached = nextRequest();
    const stream = session.request({ ":path": "/held" });
    const [, response] = await reached;
    response.write("0");
    for (let i = 1; i <= 20; i++) {
      const [event] = (await once(stream, "data")) as [Buffer];
      assert.equal(String(event), String(i - 1));
      response.write(String(i));
    }
    stream.close();
    session.destroy();
    await once(response, "close");
  });

  for (const name of ["stream-request", "stream"]) {
    test(`${name}: the target has a body's first part before the client has sent the last`, async () => {
      const reached = nextRequest();
      const client = open(name, "POST", { "content-length": "10" });
      client.write("01234");
      const [request, response] = await reached;
      const [first] = (await once(request, "data")) as [Buffer];
      assert.equal(String(first), "01234");
      client.end("56789");
      const [second] = (await once(request, "data")) as [Buffer];
      response.end(String(second));
      const [answer] = (await once(client, "response")) as [IncomingMessage];
      assert.equal(String(((await once(answer, "data")) as [Buffer])[0]), "56789");
    });
  }

  test("buffered: the target is asked when the body is whole, and has its length", async () => {
    const reached = nextRequest();
    const client = open("buffered", "POST", { "transfer-encoding": "chunked" });
    client.write("01234");
    const before = origin.count();
    await exchange(gateway.httpPort, "GET /page HTTP/1.1\r\nHost: buffered.test\r\nConnection: close\r\n\r\n");
    assert.equal(origin.count(), before + 1); // the other request alone
    client.end("56789");
    const [request, response] = await reached;
    assert.equal(request.headers["content-length"], "10");
    response.end();
    await once(client, "response");
  });

  test("a chunked body over the route's limit is refused, streaming or not", async () => {
    for (const name of Object.keys(ways)) {
      const head = `POST /seen HTTP/1.1\r\nHost: ${name}.test\r\nConnection: close\r\n`;
      const chunk = `${(600).toString(16)}\r\n${"x".repeat(600)}\r\n`;
      const before = origin.count();
      const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`;
      assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked)), [413], name);
      const declared = `${head}Content-Length: 1001\r\n\r\n${"x".repeat(1001)}`;
      assert.deepEqual(statuses(await exchange(gateway.httpPort, declared)), [413], name);
      assert.equal(origin.count(), before, name);
    }
  });

  test("a long poll is answered when the target has something to say", async () => {
    const reached = nextRequest();
    const client = open("buffered");
    client.end();
    const [, response] = await reached;
    await exchange(gateway.httpPort, "GET /page HTTP/1.1\r\nHost: buffered.test\r\n\r\n"); // quiet for 300 ms
    response.end("news");
    const [answer] = (await once(client, "response")) as [IncomingMessage];
    assert.equal(String(((await once(answer, "data")) as [Buffer])[0]), "news");
  });

  test("a WebSocket opens on a route that buffers nothing too", async () => {
    for (const name of ["buffered", "stream"]) {
      const client = open(name, "GET", { connection: "upgrade", upgrade: "websocket", "sec-websocket-key": "x" });
      client.end();
      const [, socket] = (await once(client, "upgrade")) as [IncomingMessage, Socket];
      socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])); // "hi", with a mask of zeros
      const [frame] = (await once(socket, "data")) as [Buffer];
      assert.deepEqual([...frame], [0x81, 2, 0x68, 0x69]);
      socket.destroy();
    }
  });

  for (const name of Object.keys(ways)) {
    test(`${name}: Expect: 100-continue is answered by the gateway when it wants the body, and not sent on`, async () => {
      const head = `POST /seen HTTP/1.1\r\nHost: ${name}.test\r\nExpect: 100-continue\r\nConnection: close\r\n`;
      const socket = connect(gateway.httpPort, "127.0.0.1", () => socket.write(`${head}Content-Length: 5\r\n\r\n`));
      const [first] = (await once(socket, "data")) as [Buffer];
      assert.deepEqual(statuses(String(first)), [100]);
      socket.write("hello");
      const parts: string[] = [];
      for await (const part of socket) parts.push(String(part));
      const [headers, , body] = JSON.parse(/\r\n\r\n(?:[0-9a-f]+\r\n)?(\[.*\])/.exec(parts.join(""))![1]!);
      assert.deepEqual([headers.expect, body], [undefined, "hello"]);
    });
  }

  test("who is refused is not asked for the body, and the connection is closed", async () => {
    const ask = (host: string, length: number) =>
      exchange(
        gateway.httpPort,
        `POST /seen HTTP/1.1\r\nHost: ${host}.test\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
      );
    for (const [host, length, status] of [
      ["stream", 2000, 413],
      ["buffered", 2000, 413],
      ["buffered", 2_000_000, 413],
      ["nobody", 5, 404],
    ] as const) {
      const answer = await ask(host, length);
      assert.deepEqual(statuses(answer), [status]);
      assert.match(answer, /\r\nConnection: close\r\n.*"status":\d/s);
    }
  });

  test("HEAD has the headers of GET, its length too, and no body; the connection goes on", async () => {
    const head = "HEAD /page HTTP/1.1\r\nHost: buffered.test\r\n\r\n";
    const bytes = await exchange(gateway.httpPort, head + head);
    assert.deepEqual(statuses(bytes), [200, 200]);
    assert.equal(bytes.match(/\r\nContent-Length: 10\r\n/gi)?.length, 2);
    assert.ok(!bytes.includes(page));
  });

  test("ranges are the target's: 206, 416, and its own validators", async () => {
    const ask = (range: string) =>
      exchange(
        gateway.httpPort,
        `GET /page HTTP/1.1\r\nHost: buffered.test\r\nRange: ${range}\r\nConnection: close\r\n\r\n`,
      );
    const part = await ask("bytes=2-4");
    assert.match(part, /^HTTP\/1\.1 206 .*\r\nContent-Range: bytes 2-4\/10\r\n/is);
    assert.match(part, /\r\netag: "1"\r\n.*234/is);
    assert.match(await ask("bytes=20-30"), /^HTTP\/1\.1 416 .*\r\nContent-Range: bytes \*\/10\r\n/is);
    assert.match(await ask("bytes=20-30"), /\r\n\r\n0\r\n\r\n$/); // its own, no problem document
  });

  test("trailers of a target are dropped with their Trailer header, and the connection to it serves the next", async () => {
    for (let i = 0; i < 3; i++) {
      const bytes = await exchange(
        gateway.httpPort,
        "GET /trailers HTTP/1.1\r\nHost: buffered.test\r\nConnection: close\r\n\r\n",
      );
      assert.match(bytes, /^HTTP\/1\.1 200 .*\r\n\r\n4\r\nbody\r\n0\r\n\r\n$/s);
      assert.doesNotMatch(bytes, /trailer|x-sum/is);
    }
  });

  for (const name of Object.keys(ways)) {
    test(`${name}: trailers of a client are dropped with their Trailer header`, async () => {
      const head = `POST /seen HTTP/1.1\r\nHost: ${name}.test\r\nTrailer: X-Sum\r\nConnection: close\r\n`;
      const body = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
      const bytes = await exchange(gateway.httpPort, head + body);
      const [headers, trailers, seen] = JSON.parse(/\r\n\r\n(?:[0-9a-f]+\r\n)?(\[.*\])/.exec(bytes)![1]!);
      assert.deepEqual([headers.trailer, headers["x-sum"], trailers, seen], [undefined, undefined, {}, "hello"]);
    });
  }
});
