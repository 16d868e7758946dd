// Answers compressed on their way, and those that are not.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin with answers of many kinds
import assert from "node:assert/strict";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, createGunzip, gunzipSync, gzipSync } from "node:zlib";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin } from "./gateway-origins.ts";

const text = JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, name: `item ${id}`, price: id * 7 })));
const json = { "content-type": "application/json", etag: '"v1"', "accept-ranges": "bytes" };
const steps: (() => void)[] = [];

/** Answers by path. */
const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  "/json": (request, response) => {
    response.setHeader("x-accepted", request.headers["accept-encoding"] ?? "");
    if (request.headers["if-none-match"]?.includes('"v1"')) response.writeHead(304, { etag: '"v1"' }).end();
    else response.writeHead(200, { ...json, "content-length": text.length }).end(text);
  },
  "/chunked": (_, response) => response.writeHead(200, json).end(text),
  "/encoded": (_, response) =>
    response.writeHead(200, { ...json, "content-encoding": "gzip", vary: "accept-encoding" }).end(gzipSync(text)),
  "/small": (_, response) => response.writeHead(200, { ...json, "content-length": 2 }).end("{}"),
  "/image": (_, response) => response.writeHead(200, { ...json, "content-type": "image/png" }).end(text),
  "/range": (_, response) =>
    response.writeHead(206, { ...json, "content-range": `bytes 0-1999/${text.length}` }).end(text.slice(0, 2000)),
  "/fixed": (_, response) => response.writeHead(200, { ...json, "cache-control": "no-transform" }).end(text),
  "/broken": (_, response) => response.destroy(),
  "/slow": (_, response) => {
    response.writeHead(200, json).write(text);
    steps.push(() => response.end("[]"));
  },
};

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

describe("a route with compress", () => {
  const compress: PluginObject = {
    plugin: "compress",
    config: { encodings: ["br", "gzip"], types: ["application/json"], minBytes: 1000 },
  };
  let origin: Origin;
  let gateway: Gateway;
  let withoutBrotli: Gateway;

  before(async () => {
    origin = await httpOrigin((request, response) => answers[request.url ?? ""]?.(request, response));
    const objects = {
      ...service("app", targetsAt(origin.port)),
      ...route("compressed", {}, [compress]),
      ...route("streamed", { buffering: { request: false, response: false } }, [compress]),
      ...route("bare", {}, []),
    };
    gateway = await startGateway({ objects, nginx: { brotli: true } });
    withoutBrotli = await startGateway({ objects, nginx: { brotli: true }, hasBrotli: false });
  });
  after(async () => {
    await Promise.all([gateway.stop(), withoutBrotli.stop()]);
    origin.close();
  });

  function open(path: string, headers: Record<string, string>, method = "GET", at = gateway): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options = { port: at.httpPort, path, method, agent: false, headers: { host: "compressed.test", ...headers } };
    get(options, resolve).on("error", reject);
    return promise;
  }

  async function ask(path: string, headers: Record<string, string> = {}, method = "GET", at = gateway): Promise<Reply> {
    const response = await open(path, headers, method, at);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
  }

  const outside = ({ headers }: Reply) => [headers["content-encoding"], headers["vary"], headers["etag"]];

  test("answers in the coding that the client wants most, with Vary and a weak tag", async () => {
    for (const path of ["/json", "/chunked"]) {
      const brotli = await ask(path, { "accept-encoding": "gzip, deflate, br" });
      assert.deepEqual(outside(brotli), ["br", "Accept-Encoding", 'W/"v1"']);
      assert.equal(brotliDecompressSync(brotli.body).toString(), text);
      const gzip = await ask(path, { "accept-encoding": "gzip, br;q=0.5" });
      assert.deepEqual(outside(gzip), ["gzip", "Accept-Encoding", 'W/"v1"']);
      assert.equal(gunzipSync(gzip.body).toString(), text);
      for (const { headers, body } of [brotli, gzip]) {
        assert.ok(body.length * 3 < text.length);
        assert.deepEqual([headers["content-length"], headers["accept-ranges"]], [undefined, undefined]);
      }
    }
  });

  test("leaves the answer to a client that takes no coding as it is, and tells caches of the others", async () => {
    for (const headers of [{}, { "accept-encoding": "identity" }, { "accept-encoding": "gzip;q=0, br;q=0" }]) {
      const reply = await ask("/json", headers);
      assert.deepEqual(outside(reply), [undefined, "Accept-Encoding", '"v1"']);
      assert.equal(reply.body.toString(), text);
    }
  });

  test("lets the service see what the client takes", async () => {
    const { headers } = await ask("/json", { "accept-encoding": "gzip, zstd" });
    assert.equal(headers["x-accepted"], "gzip, zstd");
  });

  test("leaves alone what is encoded, small, a part, of another type or not to be changed", async () => {
    const asked = { "accept-encoding": "gzip, br" };
    assert.deepEqual(outside(await ask("/encoded", asked)), ["gzip", "accept-encoding", '"v1"']);
    for (const path of ["/small", "/image", "/range", "/fixed"])
      assert.deepEqual([path, ...outside(await ask(path, asked))], [path, undefined, undefined, '"v1"']);
  });

  test("tells of a HEAD what it would of the GET, and of a 304 what it did", async () => {
    const asked = { "accept-encoding": "gzip" };
    const head = await ask("/json", asked, "HEAD");
    assert.deepEqual(outside(head), ["gzip", "Accept-Encoding", 'W/"v1"']);
    assert.deepEqual([head.headers["content-length"], head.body.length], [undefined, 0]);
    const unchanged = await ask("/json", { ...asked, "if-none-match": 'W/"v1"' });
    assert.deepEqual([unchanged.status, ...outside(unchanged)], [304, undefined, "Accept-Encoding", 'W/"v1"']);
  });

  test("does not compress errors of the gateway", async () => {
    const reply = await ask("/broken", { "accept-encoding": "gzip" });
    assert.deepEqual([reply.status, ...outside(reply)], [502, undefined, undefined, undefined]);
    assert.equal(JSON.parse(reply.body.toString()).status, 502);
  });

  test("sends on what has come of an answer that is not buffered", async () => {
    const response = await open("/slow", { host: "streamed.test", "accept-encoding": "gzip" });
    const plain = response.pipe(createGunzip());
    let got = "";
    for await (const chunk of plain) {
      got += chunk;
      if (got.length === text.length) steps.pop()!(); // the rest comes only once this is here
    }
    assert.equal(got, `${text}[]`);
  });

  test("is alone in that: others pass answers as they come", async () => {
    const reply = await ask("/json", { host: "bare.test", "accept-encoding": "gzip, br" });
    assert.deepEqual(outside(reply), [undefined, undefined, '"v1"']);
  });

  test("compresses with brotli once a reload has loaded its module, and without once it is gone", async () => {
    const coding = async () => (await ask("/json", { "accept-encoding": "br, gzip" })).headers["content-encoding"];
    for (const [brotli, expected] of [
      [false, "gzip"],
      [true, "br"],
    ] as const) {
      gateway.reload({ brotli });
      await waitFor(async () => (await coding()) === expected, { what: `answers in ${expected}` });
    }
    assert.doesNotMatch(gateway.errorLog(), /\[(?:crit|alert|emerg)\]/);
  });

  test("falls back to gzip where nginx has no brotli", async () => {
    const reply = await ask("/json", { "accept-encoding": "br, gzip" }, "GET", withoutBrotli);
    assert.deepEqual(outside(reply), ["gzip", "Accept-Encoding", 'W/"v1"']);
    const only = await ask("/json", { "accept-encoding": "br" }, "GET", withoutBrotli);
    assert.deepEqual(outside(only), [undefined, "Accept-Encoding", '"v1"']);
  });
});
