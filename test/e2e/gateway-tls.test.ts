// Names on TLS connections: certificates by SNI, refusals, hosts that a connection may carry.
//
//   client ──TLS──▶ nginx (2 workers), certificates for a.test and c.test, *.b.test, d.test ──▶ origin
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { after, before, describe, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { selfSigned } from "../../src/lib/x509.ts";
import type { CertificateObject } from "../../src/wire/edge.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const hsts: PluginObject = { plugin: "hsts", config: { value: "max-age=300" } };

async function certificate(...names: readonly string[]): Promise<Objects> {
  const object: CertificateObject = { names, ...(await selfSigned(names, Date.now())) };
  return { [`certificate/${names[0]}`]: JSON.stringify(object) };
}

describe("over TLS the gateway", () => {
  let origin: Origin;
  let garbage: Origin;
  let gateway: Gateway;
  let objects: Objects;

  before(async () => {
    origin = await describingOrigin("app");
    garbage = await rawOrigin((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    objects = {
      ...service("app", targetsAt(origin.port)),
      ...route("a", { hosts: ["a.test", "c.test", "d.test", "*.b.test"] }, [hsts]),
      ...service("garbage", targetsAt(garbage.port)),
      ...route("garbage", { hosts: ["a.test"], paths: [{ kind: "prefix", path: "/garbage" }], service: "garbage" }),
      ...(await certificate("a.test", "c.test")),
      ...(await certificate("*.b.test")),
      ...(await certificate("d.test")),
    };
    gateway = await startGateway({ objects });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
    garbage.close();
  });

  /** A connection, or the error that ended its handshake. */
  const open = (options: ConnectionOptions, onSession = (_session: Buffer) => {}): Promise<TLSSocket | Error> =>
    new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: gateway.httpsPort, rejectUnauthorized: false, ...options });
      socket.on("session", onSession);
      socket.once("secureConnect", () => resolve(socket));
      socket.once("error", resolve);
    });
  async function namesOf(options: ConnectionOptions): Promise<string> {
    const socket = await open(options);
    if (socket instanceof Error) return "refused";
    const names = new X509Certificate(socket.getPeerCertificate().raw).subjectAltName ?? "";
    socket.destroy();
    return names;
  }
  const ask = (servername: string, host: string): Promise<{ status: number; hsts: unknown }> =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: gateway.httpsPort, servername, rejectUnauthorized: false };
      httpsRequest({ ...options, headers: { host }, agent: false }, (response) => {
        response.resume();
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, hsts: response.headers["strict-transport-security"] }),
        );
      })
        .on("error", reject)
        .end();
    });

  test("shows the certificate of the name that is asked for", async () => {
    assert.equal(await namesOf({ servername: "a.test" }), "DNS:a.test, DNS:c.test");
    assert.equal(await namesOf({ servername: "A.Test" }), "DNS:a.test, DNS:c.test");
    assert.equal(await namesOf({ servername: "one.b.test" }), "DNS:*.b.test");
    assert.equal(await namesOf({ servername: "d.test", maxVersion: "TLSv1.2" }), "DNS:d.test");
    assert.equal(await namesOf({ servername: "d.test", minVersion: "TLSv1.3" }), "DNS:d.test");
  });

  test("refuses names that it has no certificate for, and connections without a name", async () => {
    for (const servername of ["other.test", "b.test", "one.two.b.test", "a.test.evil", "fallback.invalid"]) {
      assert.equal(await namesOf({ servername }), "refused", servername);
    }
    assert.equal(await namesOf({}), "refused");
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`refuses them also when a session is resumed (${version})`, async () => {
      const versions = { minVersion: version, maxVersion: version };
      let session: Buffer | undefined;
      const first = await open({ servername: "a.test", ...versions }, (ticket) => {
        session = ticket;
      });
      assert.ok(!(first instanceof Error));
      // with the answer: TLS 1.3 gives the session then, and all workers know it
      first.write("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
      await once(first, "data");
      session = await waitFor(() => session, { what: "a session" });
      first.destroy();
      const resumed = await open({ servername: "a.test", session, ...versions });
      assert.ok(!(resumed instanceof Error));
      assert.equal(resumed.isSessionReused(), true);
      resumed.destroy();
      assert.equal(await namesOf({ servername: "other.test", session, ...versions }), "refused");
    });
  }

  test("answers 421 for a host that the connection's certificate does not stand for", async () => {
    assert.equal((await ask("a.test", "a.test")).status, 200);
    assert.equal((await ask("a.test", "c.test")).status, 200);
    assert.equal((await ask("one.b.test", "two.b.test")).status, 200);
    assert.equal((await ask("a.test", "d.test")).status, 421);
    assert.equal((await ask("d.test", "a.test")).status, 421);
    assert.equal((await ask("a.test", "other.test")).status, 421);
    assert.equal((await ask("a.test", "one.two.b.test")).status, 421);
  });

  test("sends HSTS on TLS alone, also with refusals of the route", async () => {
    assert.equal((await ask("a.test", "a.test")).hsts, "max-age=300");
    const plain = await fetch(`http://127.0.0.1:${gateway.httpPort}/`);
    assert.equal(plain.headers.get("strict-transport-security"), null);
  });

  test("speaks HTTP/2, each stream a request of its own", async () => {
    const session = connectHttp2(`https://127.0.0.1:${gateway.httpsPort}`, {
      servername: "a.test",
      rejectUnauthorized: false,
    });
    const stream = (headers: Record<string, string>) =>
      new Promise<{ status: number; id: unknown }>((resolve, reject) => {
        const one = session.request(headers);
        one.on("response", (answer) => resolve({ status: answer[":status"] ?? 0, id: answer["x-request-id"] }));
        one.on("error", reject);
        one.resume();
        one.end();
      });
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => stream({ ":path": "/x", ":authority": "a.test" })),
      stream({ ":path": "/x", ":authority": "d.test" }),
      stream({ ":path": "/a/../b", ":authority": "a.test" }),
      stream({ ":path": "/x", ":authority": "a.test", ":method": "REPORT" }),
    ]);
    session.close();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array(20).fill(200), 421, 400, 200],
    );
    assert.equal(new Set(answers.map(({ id }) => id)).size, answers.length);
  });

  test("answers 502 on a stream whose target does not speak HTTP, and on that stream alone", async () => {
    const session = connectHttp2(`https://127.0.0.1:${gateway.httpsPort}`, {
      servername: "a.test",
      rejectUnauthorized: false,
    });
    const statusOf = async (path: string) => {
      const stream = session.request({ ":path": path, ":authority": "a.test" });
      stream.resume();
      const [headers] = await once(stream, "response");
      return headers[":status"];
    };
    const [broken, fine] = await Promise.all([statusOf("/garbage"), statusOf("/x")]);
    assert.deepEqual([broken, fine], [502, 200]);
    session.close();
  });

  test("shows a renewed certificate, and refuses a name whose certificate went, without a reload", async () => {
    const before = await open({ servername: "d.test" });
    assert.ok(!(before instanceof Error));
    const old = before.getPeerCertificate().fingerprint256;
    const { "certificate/*.b.test": _, ...others } = objects;
    assert.equal((await gateway.push({ ...others, ...(await certificate("d.test")) })).status, 200);
    const renewed = await open({ servername: "d.test" });
    assert.ok(!(renewed instanceof Error));
    assert.notEqual(renewed.getPeerCertificate().fingerprint256, old);
    assert.equal(await namesOf({ servername: "one.b.test" }), "refused");
    renewed.destroy();
    before.destroy();
  });
});
