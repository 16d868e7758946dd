// TLS to targets: who is believed, what the gateway says of itself, and that connections of two identities never meet.
//
//   client ──http──▶ nginx ──TLS, as whoever the service is──▶ one origin, which tells who asked and on which connection
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { type Reply, request } from "../../src/lib/http.ts";
import {
  createAuthority,
  createIntermediate,
  generateHostIdentity,
  issueHost,
  issueServer,
  type KeyedCertificate,
  selfSigned,
} from "../../src/lib/x509.ts";
import type { ServiceObject, TargetTlsObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { acceptWebSocket } from "../lab/websocket.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { exchange, statuses } from "./gateway-origins.ts";
import { type GrpcOrigin, grpcClient, grpcOrigin, type Message, methods } from "./grpc-peers.ts";
import { assertAlive, liveCall, liveEvents, liveWebSocket } from "./live-connections.ts";

interface Told {
  /** Of the connection, as the origin numbers them. */
  readonly connection: number;
  readonly sni: string | false;
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
  readonly url: string;
  readonly body: string;
}

interface Authority {
  readonly root: KeyedCertificate;
  readonly intermediate: KeyedCertificate;
}

async function authority(name: string): Promise<Authority> {
  const root = await createAuthority(name);
  return { root, intermediate: await createIntermediate(root, `${name} at work`) };
}

/** An edge's own certificate. */
async function identity({ intermediate }: Authority, name: string): Promise<Partial<TargetTlsObject>> {
  const { privateKeyPem, csrPem } = await generateHostIdentity();
  const { certificatePem } = await issueHost(intermediate, csrPem, { name });
  return { certificatePem, keyPem: privateKeyPem };
}

type Tell = (text: string) => void;

/** Answers with what it knows of who asked; at /events it says what `events` are told. */
async function tellingOrigin(
  ours: Authority,
  names: readonly string[],
  { nowMs = Date.now(), events = [] }: { nowMs?: number; events?: Tell[] } = {},
): Promise<Server> {
  const { certificatePem, keyPem } = await issueServer(ours.intermediate, { dnsNames: names, ipAddresses: [] }, nowMs);
  const connections = new WeakMap<object, number>();
  let count = 0;
  const settings = { cert: certificatePem, key: keyPem, ca: ours.root.certificatePem, requestCert: true };
  const server = createServer({ ...settings, rejectUnauthorized: false }, async (asked, response) => {
    if (asked.url === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: begun\n\n");
      events.push((text) => void response.write(`data: ${text}\n\n`));
      return;
    }
    const socket = asked.socket as TLSSocket;
    let body = "";
    for await (const chunk of asked) body += String(chunk);
    const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
    const told: Told = {
      connection: connections.get(socket)!,
      sni: socket.servername ?? false,
      client: subject?.CN,
      url: asked.url!,
      body,
    };
    response.end(JSON.stringify(told));
  });
  server.on("secureConnection", (socket) => connections.set(socket, ++count));
  server.on("upgrade", acceptWebSocket);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const longMs = 3 * 365 * 86_400_000;

describe("TLS to targets", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-target-tls-"));
  const servers: Server[] = [];
  const events: Tell[] = [];
  let ours: Authority;
  let one: Partial<TargetTlsObject>;
  let two: Partial<TargetTlsObject>;
  let grpc: GrpcOrigin;
  let publicPem = "";
  let gateway: Gateway;
  let objects: Readonly<Record<string, string>> = {};

  /** A route `NAME.test` to a service of its own at this origin. */
  function app(name: string, origin: Server, tls: Partial<TargetTlsObject>, changes: Partial<ServiceObject> = {}) {
    const said: TargetTlsObject = { name: "one.internal", trust: "ours", ...tls };
    return {
      ...service(name, targetsAt(portOf(origin)), { tls: said, ...changes }),
      ...route(name, { service: name }),
    };
  }

  before(async () => {
    ours = await authority("ours");
    const theirs = await authority("theirs");
    [one, two] = [await identity(ours, "edge one"), await identity(ours, "edge two")];
    const names = ["one.internal", "two.internal", ...Array.from({ length: 70 }, (_, index) => `n${index}.internal`)];
    const origin = await tellingOrigin(ours, names, { events });
    const foreign = await tellingOrigin(theirs, ["one.internal"]);
    const expired = await tellingOrigin(ours, ["one.internal"], { nowMs: Date.now() - longMs });
    servers.push(origin, foreign, expired);
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const own = await issueServer(ours.intermediate, { dnsNames: ["one.internal"], ipAddresses: [] });
    const pairs = [{ private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(own.certificatePem) }];
    grpc = await grpcOrigin(ServerCredentials.createSsl(Buffer.from(ours.root.certificatePem), pairs, true));
    const published = await selfSigned(["grpc.test"]);
    publicPem = published.certificatePem;
    const calls: Partial<ServiceObject> = { protocol: "grpc", tls: { name: "one.internal", trust: "ours", ...one } };
    objects = Object.assign(
      {},
      app("plain", origin, {}),
      app("foreign", foreign, {}),
      app("foreign-trusted", foreign, { trust: "theirs" }),
      app("wrong-trust", origin, { trust: "theirs" }),
      app("wrong-name", origin, { name: "three.internal" }),
      app("expired", expired, {}),
      app("anyone", expired, { trust: "anyone", name: "" }),
      app("system", origin, { trust: "system" }),
      app("one", origin, one),
      app("two", origin, two),
      app("other-name", origin, { name: "two.internal", ...one }),
      app("other-trust", origin, { trust: "anyone", ...one }),
      app("changing", origin, one),
      service("grpc", targetsAt(grpc.port), calls),
      route("grpc", { service: "grpc" }),
      { "certificate/test": JSON.stringify({ names: ["grpc.test"], ...published }) },
      route("streaming", { service: "one", buffering: { request: false, response: false } }),
    );
    gateway = await startGateway({
      workers: 1,
      nginx: {
        trusts: [
          { id: "anyone" },
          { id: "ours", file: file("ours.pem", ours.root.certificatePem) },
          { id: "system", file: "/etc/ssl/certs/ca-certificates.crt" },
          { id: "theirs", file: file("theirs.pem", theirs.root.certificatePem) },
        ],
      },
      objects,
    });
  });
  after(async () => {
    await gateway.stop();
    grpc.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (
    name: string,
    path = "/",
    more: { method?: string; body?: string; agent?: Agent } = {},
  ): Promise<Reply> =>
    request({ url: `http://127.0.0.1:${gateway.httpPort}`, path, headers: { host: `${name}.test` }, ...more });
  const told = async (name: string): Promise<Told> => {
    const reply = await ask(name);
    assert.equal(reply.status, 200, name);
    return JSON.parse(reply.body);
  };

  test("a target whose certificate has the name and the authority is asked, with the name as SNI and no certificate", async () => {
    const { sni, client } = await told("plain");
    assert.deepEqual([sni, client], ["one.internal", undefined]);
  });

  for (const name of ["foreign", "wrong-trust", "wrong-name", "expired", "system"]) {
    test(`${name}: 502, and nothing of the request is sent`, async () => {
      const reply = await ask(name);
      assert.equal(reply.status, 502);
      assert.equal(JSON.parse(reply.body).title, "Bad Gateway");
    });
  }

  test("each service trusts the authorities of its own, or anyone when it says so", async () => {
    assert.equal((await told("foreign-trusted")).sni, "one.internal");
    assert.equal((await told("anyone")).sni, false);
  });

  test("the request is the same as without TLS: path, query, body, streams, WebSocket", async () => {
    const path = "/a%20b/%c3%a4?x=1&y=%2F";
    const { url, body } = JSON.parse(
      (await ask("one", path, { method: "POST", body: "x".repeat(100_000) })).body,
    ) as Told;
    assert.deepEqual([url, body.length], [path, 100_000]);
    const streamed = JSON.parse((await ask("streaming", path, { method: "PUT", body: "hello" })).body) as Told;
    assert.deepEqual([streamed.url, streamed.body, streamed.client], [path, "hello", "edge one"]);
    const upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
    assert.deepEqual(
      statuses(await exchange(gateway.httpPort, `GET / HTTP/1.1\r\nHost: one.test\r\n${upgrade}`)),
      [101],
    );
  });

  const identities = { plain: undefined, one: "edge one", two: "edge two", "other-name": "edge one" } as const;

  test("two identities never share a connection to one target, and each keeps its own", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const names = [...Object.keys(identities), "other-trust"];
    const asked = Array.from({ length: 400 }, async (_, index) => {
      const name = names[index % names.length]!;
      return { name, told: JSON.parse((await ask(name, "/", { agent })).body) as Told };
    });
    const owners = new Map<number, string>();
    for (const { name, told } of await Promise.all(asked)) {
      if (name in identities) assert.equal(told.client, identities[name as keyof typeof identities]);
      assert.equal(told.sni, name === "other-name" ? "two.internal" : "one.internal");
      assert.equal(owners.get(told.connection) ?? name, name, `connection ${told.connection}`);
      owners.set(told.connection, name);
    }
    agent.destroy();
    assert.ok(owners.size < 100, `${owners.size} connections for 400 requests`);
    assert.equal(new Set(owners.values()).size, names.length);
  });

  test("another certificate or name is in force without a reload, on connections of its own", async () => {
    const { workers } = await gateway.state();
    const first = await told("changing");
    const origin = servers[0]!;
    await gateway.push({ ...objects, ...app("changing", origin, two) });
    const second = await told("changing");
    await gateway.push({ ...objects, ...app("changing", origin, { ...two, name: "two.internal" }) });
    const third = await told("changing");
    await gateway.push(objects);
    const fourth = await told("changing");
    assert.deepEqual(
      [first, second, third, fourth].map(({ client, sni }) => [client, sni]),
      [
        ["edge one", "one.internal"],
        ["edge two", "one.internal"],
        ["edge two", "two.internal"],
        ["edge one", "one.internal"],
      ],
    );
    assert.equal(new Set([first, second, third].map(({ connection }) => connection)).size, 3);
    assert.deepEqual(
      (await gateway.state()).workers.map(({ pid }) => pid),
      workers.map(({ pid }) => pid),
    );
  });

  test("no change of the identity, the name or the authority ends what is open, and what is new has the new one", async () => {
    const live = [
      await liveWebSocket(gateway.httpPort, "changing"),
      await liveEvents(gateway.httpPort, "changing", () => events.at(-1)!, "/events"),
      await liveCall(gateway.httpsPort, "grpc.test", publicPem),
    ];
    const origin = servers[0]!;
    const renewed = await identity(ours, "edge one anew");
    const said = (tls: Partial<TargetTlsObject>) => ({
      ...app("changing", origin, tls),
      ...service("grpc", targetsAt(grpc.port), {
        protocol: "grpc",
        tls: { name: "one.internal", trust: "ours", ...tls },
      }),
    });
    const changes: readonly (readonly [string, Objects, string | undefined])[] = [
      ["a renewed certificate", said(renewed), "edge one anew"],
      ["another identity", said(two), "edge two"],
      ["another name", said({ ...two, name: "two.internal" }), "edge two"],
      ["another authority", said({ ...two, trust: "anyone" }), "edge two"],
      ["no identity", said({}), undefined],
      ["the first identity again", objects, "edge one"],
    ];
    for (const [when, change, client] of changes) {
      assert.equal((await gateway.push({ ...objects, ...change })).status, 200, when);
      assert.equal((await told("changing")).client, client, when);
      await assertAlive(live, when);
    }
    const plain = service("changing", targetsAt(portOf(origin)));
    assert.equal((await gateway.push({ ...objects, ...plain })).status, 200);
    await assertAlive(live, "no TLS any more");
    await gateway.push(objects);
    for (const one of live) one.end();
  });

  test("gRPC over TLS, with a certificate that its server asks for", async () => {
    const client = grpcClient(gateway.httpsPort, "grpc.test", publicPem);
    const { path, requestSerialize, responseDeserialize } = methods.unary;
    const answer = await new Promise<Message | undefined>((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { sizes: [70_000] }, (error, message) =>
        error ? reject(error) : resolve(message),
      );
    });
    assert.equal(answer?.body?.length, 70_000);
    client.close();
  });

  test("more identities than a worker keeps connections for are each told right", async () => {
    const many = Array.from({ length: 70 }, (_, index) =>
      app(`many${index}`, servers[0]!, { name: `n${index}.internal` }),
    );
    await gateway.push(Object.assign({}, objects, ...many));
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 70; index++) assert.equal((await told(`many${index}`)).sni, `n${index}.internal`);
    }
    assert.equal((await told("two")).client, "edge two");
    await gateway.push(objects);
  });

  test("without a certificate that nginx can use the target is not asked", async () => {
    const broken = app("changing", servers[0]!, { certificatePem: "not a certificate", keyPem: "no key" });
    await gateway.push({ ...objects, ...broken });
    assert.equal((await ask("changing")).status, 500);
    await gateway.push(objects);
  });
});
