import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ConnectionFailed, keepAlive, openLines, prepared, request } from "./http.ts";
import { createAuthority, createIntermediate, issueServer } from "./x509.ts";

const folder = mkdtempSync(join(tmpdir(), "portway-http-"));
const socketPath = join(folder, "server.sock");
let onSocket: Server;
let secure: Server;
let url: string;
let root: string;
let connections = 0;

const serve: RequestListener = (incoming, outgoing) => {
  if (incoming.url === "/silent") return;
  if (incoming.url === "/lines") {
    outgoing.write("one\ntw");
    setImmediate(() => outgoing.end("o\nth\u00e4t's all"));
    return;
  }
  if (incoming.url === "/stuck") {
    outgoing.write("one\n");
    return;
  }
  if (incoming.url === "/broken") {
    outgoing.write("one\n");
    setImmediate(() => outgoing.destroy());
    return;
  }
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    outgoing.writeHead(incoming.method === "PUT" ? 409 : 200, { "x-method": incoming.method });
    outgoing.end(Buffer.concat(chunks));
  });
};

const listening = (server: Server, where: string | number) =>
  new Promise<void>((resolve) =>
    server.listen(where as number, ...(typeof where === "number" ? ["127.0.0.1"] : []), resolve),
  );

before(async () => {
  const authority = await createAuthority("test root");
  const intermediate = await createIntermediate(authority, "test intermediate");
  const server = await issueServer(intermediate, { dnsNames: [], ipAddresses: ["127.0.0.1"] });
  root = authority.certificatePem;
  onSocket = createHttpServer({ shouldUpgradeCallback: ({ headers }) => headers.upgrade === "echo" }, serve);
  onSocket.on("upgrade", (_, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello\n");
    socket.pipe(socket);
  });
  secure = createHttpsServer({ cert: server.certificatePem, key: server.keyPem }, serve);
  secure.on("secureConnection", () => connections++);
  await Promise.all([listening(onSocket, socketPath), listening(secure, 0)]);
  url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
});

after(() => {
  for (const server of [onSocket, secure]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

const failsWith = (reason: string) => (error: unknown) => error instanceof ConnectionFailed && error.reason === reason;

test("a request over a unix socket carries its body there and back, whatever the status", async () => {
  const reply = await request({ socketPath, method: "PUT", path: "/x", body: "b\u00f6dy" });
  assert.equal(reply.status, 409);
  assert.equal(reply.headers["x-method"], "PUT");
  assert.equal(reply.body, "b\u00f6dy");
});

test("a server whose root is given is trusted, another is not, unless anyone is", async () => {
  assert.equal((await request({ url, path: "/", ca: root })).status, 200);
  await assert.rejects(request({ url, path: "/" }), failsWith("untrusted"));
  assert.equal((await request({ url, path: "/", trustAnyone: true })).status, 200);
});

test("a door that is kept open uses one connection again", async () => {
  for (const door of [keepAlive({ url, ca: root }), keepAlive(prepared({ url, ca: root }))]) {
    const earlier = connections;
    for (let i = 0; i < 3; i++) assert.equal((await request({ ...door, path: "/" })).status, 200);
    door.close();
    assert.equal(connections - earlier, 1);
  }
});

test("a door that is kept open survives that the server closed its connection", async () => {
  const door = keepAlive({ url, ca: root });
  assert.equal((await request({ ...door, path: "/" })).status, 200);
  secure.closeIdleConnections();
  assert.equal((await request({ ...door, path: "/" })).status, 200);
  door.close();
});

test("a server that never answers fails in time, one that is not there at once", async () => {
  await assert.rejects(request({ socketPath, path: "/silent", timeoutMs: 20 }), failsWith("timeout"));
  await assert.rejects(request({ socketPath: join(folder, "none.sock"), path: "/" }), failsWith("refused"));
});

test("lines arrive whole, however they were cut, and the last needs no end", async () => {
  const { status, lines } = await openLines({ socketPath, path: "/lines" });
  assert.equal(status, 200);
  assert.deepEqual(await Array.fromAsync(lines), ["one", "two", "th\u00e4t's all"]);
});

test("lines go both ways where the server knows the protocol that is asked for, and one way where it does not", async () => {
  const both = await openLines({ socketPath, path: "/lines", upgrade: "echo" });
  assert.equal(both.status, 101);
  const seen: string[] = [];
  for await (const line of both.lines) {
    seen.push(line);
    if (seen.length === 3) both.close();
    else both.send!(`${seen.length} h\u00e4`);
  }
  assert.deepEqual(seen, ["hello", "1 h\u00e4", "2 h\u00e4"]);
  const one = await openLines({ socketPath, path: "/lines", upgrade: "other" });
  assert.deepEqual([one.status, one.send], [200, undefined]);
  assert.equal((await Array.fromAsync(one.lines)).length, 3);
});

test("lines both ways fail when the server falls silent, or the signal aborts", async () => {
  const silent = await openLines({ socketPath, path: "/", upgrade: "echo", idleMs: 20 });
  await assert.rejects(Array.fromAsync(silent.lines), failsWith("timeout"));
  const stop = new AbortController();
  const aborted = await openLines({ socketPath, path: "/", upgrade: "echo", signal: stop.signal });
  setImmediate(() => stop.abort());
  await assert.rejects(Array.fromAsync(aborted.lines), failsWith("aborted"));
});

test("a door whose certificates are read once trusts as before, and one whose certificates are none fails when it is used", async () => {
  const door = prepared({ url, ca: root });
  for (let i = 0; i < 2; i++) assert.equal((await request({ ...door, path: "/" })).status, 200);
  await assert.rejects(request({ ...prepared({ url }), path: "/" }), failsWith("untrusted"));
  const broken = prepared({ url, ca: root, cert: "none", key: "none" });
  const kept = keepAlive(broken);
  for (const one of [broken, kept]) await assert.rejects(request({ ...one, path: "/" }), ConnectionFailed);
  kept.close();
});

test("lines end quietly when the reader closes them", async () => {
  const { lines, close } = await openLines({ socketPath, path: "/stuck" });
  const seen: string[] = [];
  for await (const line of lines) {
    seen.push(line);
    close();
  }
  assert.deepEqual(seen, ["one"]);
});

test("lines fail when the server breaks off, falls silent, or the signal aborts", async () => {
  const broken = await openLines({ socketPath, path: "/broken" });
  await assert.rejects(Array.fromAsync(broken.lines), failsWith("broken"));
  const silent = await openLines({ socketPath, path: "/stuck", idleMs: 20 });
  await assert.rejects(Array.fromAsync(silent.lines), failsWith("timeout"));
  const stop = new AbortController();
  const aborted = await openLines({ socketPath, path: "/stuck", signal: stop.signal });
  setImmediate(() => stop.abort());
  await assert.rejects(Array.fromAsync(aborted.lines), failsWith("aborted"));
});
