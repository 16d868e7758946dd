// Answers whose status and body are changed on their way, and those that are not.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin with answers of many kinds
import assert from "node:assert/strict";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:http2";
import { after, before, suite, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { selfSigned } from "../../src/lib/x509.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin } from "./gateway-origins.ts";

const limit = 8_000;
const text = '{"id": 12345678901234567890, "secret": "s", "items": [{"secret": 1, "n": 1.0}]}';
const changed = '{"id": 12345678901234567890,"items":[{"n": 1.0}],"by":"edge"}';
const large = JSON.stringify({ secret: "s", filling: "x".repeat(limit) });
const json = {
  ...{ "content-type": "application/json; charset=utf-8", etag: '"v1"', "accept-ranges": "bytes" },
  ...{ "content-digest": "sha-256=:AA==:", vary: "Accept-Encoding" },
};

/** Answers by path. */
const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  "/json"(incoming, response) {
    const { range, "accept-encoding": accepted, "if-none-match": known } = incoming.headers;
    response.setHeader("x-asked", `${accepted} ${range ?? "whole"}`);
    if (known !== undefined) response.writeHead(304, { etag: '"v1"' }).end();
    else response.writeHead(200, { ...json, "content-length": text.length }).end(text);
  },
  "/parts"(_, response) {
    response.writeHead(200, json).write(text.slice(0, 20));
    setImmediate(() => response.end(text.slice(20)));
  },
  "/large": (_, response) => response.writeHead(200, { ...json, "content-length": large.length }).end(large),
  "/endless"(_, response) {
    response.writeHead(200, json);
    for (let i = 0; i < 4; i++) response.write(large);
    response.end();
  },
  "/encoded": (_, response) => response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(gzipSync(text)),
  "/broken": (_, response) => response.writeHead(200, json).end(text.slice(0, -1)),
  "/cut"(_, response) {
    response.writeHead(200, json).write(text);
    setTimeout(() => response.destroy(), 20);
  },
  "/text": (_, response) => response.writeHead(200, { "content-type": "text/plain" }).end("http://inside/ inside"),
  "/range": (_, response) =>
    response.writeHead(206, { ...json, "content-range": "bytes 0-9/90" }).end(text.slice(0, 10)),
  "/gone": (_, response) => response.writeHead(404, json).end(text),
  "/busy": (_, response) => response.writeHead(503, { "content-type": "text/plain" }).end("busy"),
  "/empty": (_, response) => response.writeHead(204).end(),
  "/nothing": (_, response) => response.writeHead(200, { ...json, "content-length": 0 }).end(),
  "/nothing-in-parts": (_, response) => response.writeHead(200, json).end(),
  "/tags": (_, response) =>
    response.setHeader("etag", ['"v1"', '"v2"']).writeHead(200, { "content-type": "application/json" }).end(text),
  "/tags-kept"(_, response) {
    response.setHeader("etag", ['"v1"', '"v2"']).writeHead(304, { "content-length": text.length }).end();
  },
  "/codings": (_, response) =>
    response.setHeader("content-encoding", ["identity", "gzip"]).writeHead(200, json).end(gzipSync(text)),
};

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

suite("a route that changes answers", { timeout: 60_000 }, () => {
  const bodyEdit = (isStrict: boolean): PluginObject => ({
    plugin: "responseBody",
    config: {
      ...{ types: ["application/json"], maxBytes: limit, isStrict, replace: [] },
      json: [
        { path: ["secret"], kind: "remove", text: "", name: '"secret"' },
        { path: ["items", "*", "secret"], kind: "remove", text: "", name: '"secret"' },
        { path: ["by"], kind: "set", text: '"edge"', name: '"by"' },
      ],
    },
  });
  const texts: PluginObject = {
    plugin: "responseBody",
    config: { types: ["text/*"], maxBytes: limit, isStrict: true, json: [], replace: [["inside", "outside.example"]] },
  };
  const status: PluginObject = {
    plugin: "responseStatus",
    config: {
      map: [
        [404, 200],
        [503, 502],
      ],
    },
  };
  const compress: PluginObject = {
    plugin: "compress",
    config: { encodings: ["gzip"], types: ["application/json"], minBytes: 1 },
  };
  const agent = new Agent({ keepAlive: true });
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await httpOrigin((incoming, response) => answers[incoming.url ?? ""]?.(incoming, response));
    const pair = await selfSigned(["strict.test"], Date.now());
    const certificate = { names: ["strict.test"], certificatePem: pair.certificatePem, keyPem: pair.keyPem };
    gateway = await startGateway({
      objects: {
        "certificate/test": JSON.stringify(certificate),
        ...service("app", targetsAt(origin.port), {
          breaker: { errors: 3, windowMs: 10_000, leastRequests: 1000, cooldownMs: 60_000, probes: 1 },
        }),
        ...route("strict", {}, [bodyEdit(true)]),
        ...route("lenient", {}, [bodyEdit(false)]),
        ...route("texts", {}, [texts]),
        ...route("both", { buffering: { request: false, response: true } }, [status, bodyEdit(true), compress]),
        ...route("statuses", {}, [status]),
        ...route("compressed", {}, [compress]),
        ...route("bare"),
      },
    });
  });
  after(async () => {
    agent.destroy();
    await gateway.stop();
    origin.close();
  });

  function ask(name: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const options = { port: gateway.httpPort, path, method, agent, headers: { host: `${name}.test`, ...headers } };
    const outgoing = request(options, async (response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on("error", reject);
    outgoing.end();
    return promise;
  }

  const told = ({ status, body }: Reply) => `${status} ${body}`;

  test("edits JSON of known length and in parts, whole and for a client that takes codings too", async () => {
    for (const path of ["/json", "/parts"]) {
      const reply = await ask("strict", path, { "accept-encoding": "gzip, br", range: "bytes=0-9" });
      assert.equal(told(reply), `200 ${changed}`);
      const { headers } = reply;
      assert.equal(headers["etag"], 'W/"v1"');
      for (const name of ["content-length", "accept-ranges", "content-digest"]) assert.equal(headers[name], undefined);
    }
    assert.equal(
      (await ask("strict", "/json", { "accept-encoding": "br", range: "bytes=0-9" })).headers["x-asked"],
      "identity whole",
    );
    assert.equal((await ask("bare", "/json", { "accept-encoding": "br" })).headers["x-asked"], "br whole");
  });

  test("leaves alone what has no body, a part of one, or another type", async () => {
    const head = await ask("strict", "/json", {}, "HEAD");
    assert.deepEqual([head.status, head.headers["content-length"], head.headers["etag"]], [200, undefined, 'W/"v1"']);
    const known = await ask("strict", "/json", { "if-none-match": 'W/"v1"' });
    assert.deepEqual([known.status, known.headers["etag"]], [304, 'W/"v1"']);
    assert.equal(told(await ask("strict", "/empty")), "204 ");
    const part = await ask("strict", "/range");
    assert.equal(told(part), `206 ${text.slice(0, 10)}`);
    assert.equal(part.headers["content-digest"], json["content-digest"]);
    assert.equal(told(await ask("strict", "/text")), "200 http://inside/ inside");
  });

  test("refuses what it cannot change, or lets it pass where it is told so", async () => {
    for (const path of ["/large", "/encoded"]) assert.equal((await ask("strict", path)).status, 502);
    for (const path of ["/endless", "/broken"]) await assert.rejects(ask("strict", path), /hang up|aborted/);
    const passed = await ask("lenient", "/large");
    assert.equal(told(passed), `200 ${large}`);
    assert.deepEqual([passed.headers["content-length"], passed.headers["etag"]], [String(large.length), '"v1"']);
    assert.equal(told(await ask("lenient", "/endless")), `200 ${large.repeat(4)}`);
    assert.equal(told(await ask("lenient", "/broken")), `200 ${text.slice(0, -1)}`);
    assert.deepEqual((await ask("lenient", "/encoded")).body, gzipSync(text));
    assert.equal(told(await ask("lenient", "/json")), `200 ${changed}`);
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        const count = (reason: string) => counters[`portway_rejections_total|plugin=responseBody,reason=${reason}`];
        return count("tooLarge") === 2 && count("encoded") === 1 && count("notJson") === 1;
      },
      { what: "the refusals to be counted" },
    );
  });

  test("gives an answer without a body as it is", async () => {
    for (const path of ["/nothing", "/nothing-in-parts"]) assert.equal(told(await ask("strict", path)), "200 ");
  });

  test("ends well when a target says a header twice", async () => {
    for (const name of ["strict", "both"]) assert.equal(told(await ask(name, "/tags")), `200 ${changed}`);
    const zipped = await ask("compressed", "/tags", { "accept-encoding": "gzip" });
    assert.equal(`${gunzipSync(zipped.body)}`, text);
    const known = await ask("strict", "/tags-kept");
    assert.deepEqual([known.status, known.headers["content-length"]], [304, undefined]);
    assert.equal((await ask("strict", "/codings")).status, 502);
    assert.deepEqual((await ask("lenient", "/codings")).body, gzipSync(text));
  });

  test("does not end an answer well that its target broke off", async () => {
    for (const name of ["strict", "lenient"]) await assert.rejects(ask(name, "/cut"), /hang up|aborted/);
  });

  test("replaces texts", async () => {
    assert.equal(told(await ask("texts", "/text")), "200 http://outside.example/ outside.example");
    assert.equal(told(await ask("texts", "/json")), `200 ${text}`);
  });

  test("gives clients another status, and the body that belongs to it", async () => {
    assert.equal(told(await ask("statuses", "/gone")), `200 ${text}`);
    assert.equal(told(await ask("statuses", "/json")), `200 ${text}`);
    assert.equal(told(await ask("both", "/gone")), `200 ${changed}`);
    assert.equal((await ask("statuses", "/nowhere", { host: "unknown.test" })).status, 404);
  });

  test("compresses what was changed", async () => {
    const { headers, body } = await ask("both", "/json", { "accept-encoding": "gzip" });
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(body).toString(), changed);
  });

  test("serves others on the same connections, and no answer is another's", async () => {
    const paths = ["/json", "/large", "/parts", "/text", "/encoded", "/gone"];
    const expected = [`200 ${changed}`, "502", `200 ${changed}`, "200 http://inside/ inside", "502", `404 ${changed}`];
    const replies = await Promise.all(Array.from({ length: 60 }, (_, index) => ask("strict", paths[index % 6]!)));
    replies.forEach((reply, index) => {
      const wanted = expected[index % 6]!;
      assert.equal(wanted === "502" ? String(reply.status) : told(reply), wanted);
    });
  });

  test("ends one stream of HTTP/2, and no other", async () => {
    const session = connect(`https://strict.test:${gateway.httpsPort}`, {
      host: "127.0.0.1",
      rejectUnauthorized: false,
    });
    try {
      const whole = (path: string) =>
        new Promise<string>((resolve, reject) => {
          const chunks: Buffer[] = [];
          const stream = session.request({ ":path": path });
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => resolve(Buffer.concat(chunks).toString()));
          stream.on("error", reject);
        });
      const [first, ended, second] = await Promise.allSettled(["/json", "/endless", "/parts"].map(whole));
      assert.deepEqual([first, second], Array(2).fill({ status: "fulfilled", value: changed }));
      assert.ok(ended!.status === "rejected" || ended!.value === "", "nothing of the body");
    } finally {
      session.destroy();
    }
  });

  test("breakers go by what the target said", async () => {
    assert.equal(told(await ask("statuses", "/busy")), "502 busy");
    await waitFor(async () => (await ask("statuses", "/busy")).status === 503, { what: "the breaker to open" });
    assert.doesNotMatch(gateway.errorLog(), /\[(?:alert|crit)\]|lua entry thread aborted|failed to run/);
  });
});
