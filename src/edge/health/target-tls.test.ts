import assert from "node:assert/strict";
import { once } from "node:events";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { createAuthority, createIntermediate, issueServer, type KeyedCertificate, selfSigned } from "../../lib/x509.ts";
import type { HealthConfig, TargetTlsObject } from "../../wire/edge-service.ts";
import { asker } from "./ask.ts";
import { targetTls } from "./target-tls.ts";

const never = new AbortController().signal;
const page = { kind: "http", path: "/", statuses: [{ first: 200, last: 200 }] } as const;

describe("a check over TLS", () => {
  const servers: Server[] = [];
  const seen: { readonly sni: string | false | null; readonly client: unknown }[] = [];
  let root: KeyedCertificate;
  let client: KeyedCertificate;
  let http: number;
  let grpc: number;
  let reads = 0;

  const listen = async (server: Server) => {
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };

  before(async () => {
    root = await createAuthority("targets");
    client = await selfSigned(["edge-1"]);
    const intermediate = await createIntermediate(root, "targets 1");
    const leaf = await issueServer(intermediate, { dnsNames: ["orders.internal"], ipAddresses: [] });
    const settings = { cert: leaf.certificatePem, key: leaf.keyPem, requestCert: true, rejectUnauthorized: false };
    http = await listen(
      createServer(settings, ({ socket }, response) => {
        const { servername, getPeerCertificate } = socket as TLSSocket;
        const { subject } = getPeerCertificate.call(socket);
        seen.push({ sni: servername, client: subject?.CN });
        response.end();
      }),
    );
    const secure = createSecureServer(settings);
    secure.on("stream", (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" });
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
    });
    grpc = await listen(secure as unknown as Server);
  });
  after(() => {
    for (const server of servers) server.close();
  });

  const ask = asker(
    targetTls((trust) => {
      if (trust === "anyone") return undefined;
      return {
        version: trust,
        read: () => {
          reads++;
          return (trust === "ours" ? root : client).certificatePem;
        },
      };
    }),
  );
  const asking = (port: number, check: HealthConfig["check"], tls: Partial<TargetTlsObject> = {}) => {
    const config = { check, everyMs: 1000, timeoutMs: 5000, rise: 1, fall: 1 };
    const said = { name: "orders.internal", trust: "ours", ...tls };
    return ask({ address: "127.0.0.1", port, tls: said }, config, never);
  };
  const untrusted = "its certificate is not one that is trusted";

  test("is well when the target proves its name, by HTTP and by gRPC; authorities are read once", async () => {
    assert.equal(await asking(http, page), undefined);
    assert.equal(await asking(grpc, { kind: "grpc", service: "" }), undefined);
    assert.equal(seen[0]!.sni, "orders.internal");
    assert.equal(reads, 1);
  });

  test("is not when the name or the authority is another's", async () => {
    assert.equal(await asking(http, page, { name: "other.internal" }), untrusted);
    assert.equal(await asking(http, page, { trust: "others" }), untrusted);
    assert.equal(await asking(grpc, { kind: "grpc", service: "" }, { name: "other.internal" }), untrusted);
  });

  test("takes any certificate where the file says so", async () => {
    assert.equal(await asking(http, page, { name: "", trust: "anyone" }), undefined);
    assert.equal(seen.at(-1)!.sni, false);
  });

  test("shows the edge's own certificate", async () => {
    assert.equal(await asking(http, page, client), undefined);
    assert.equal(seen.at(-1)!.client, "edge-1");
  });

  test("in the clear fails at a target that speaks TLS", async () => {
    const config = { check: page, everyMs: 1000, timeoutMs: 5000, rise: 1, fall: 1 };
    assert.notEqual(await ask({ address: "127.0.0.1", port: http }, config, never), undefined);
  });
});
