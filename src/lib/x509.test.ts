import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { fingerprintOfCertificate, fingerprintOfKey } from "./fingerprint.ts";
import {
  createAuthority,
  createIntermediate,
  generateHostIdentity,
  issueHost,
  issueServer,
  makeCsr,
  selfSigned,
} from "./x509.ts";

const root = await createAuthority("test root");
const intermediate = await createIntermediate(root, "test intermediate");

test("an Ed25519 host certificate is accepted by TLS 1.3 of a server that trusts the root alone", async () => {
  const names = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1"] };
  const { certificatePem, keyPem } = await issueServer(intermediate, names);
  const identity = await generateHostIdentity();
  const host = await issueHost(intermediate, identity.csrPem, { name: "api-1" });
  assert.equal(host.fingerprint, identity.fingerprint);

  const tls = {
    cert: certificatePem,
    key: keyPem,
    ca: root.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(tls, (incoming, outgoing) => {
    const socket = incoming.socket as TLSSocket;
    const peer = socket.getPeerX509Certificate()?.toString();
    outgoing.end(JSON.stringify([socket.authorized, socket.getProtocol(), peer && fingerprintOfKey(peer)]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (client: object) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { host: "127.0.0.1", port, ca: root.certificatePem, agent: false, ...client },
        async (reply) => resolve(JSON.parse((await reply.setEncoding("utf8").toArray()).join(""))),
      );
      outgoing.on("error", reject).end();
    });
  const stranger = await generateHostIdentity();
  const elsewhere = await createIntermediate(await createAuthority("other root"), "other intermediate");
  const forged = await issueHost(elsewhere, stranger.csrPem, { name: "api-1" });
  try {
    assert.deepEqual(await ask({ cert: host.certificatePem, key: identity.privateKeyPem }), [
      true,
      "TLSv1.3",
      identity.fingerprint,
    ]);
    assert.deepEqual(await ask({ cert: forged.certificatePem, key: stranger.privateKeyPem }), [
      false,
      "TLSv1.3",
      stranger.fingerprint,
    ]);
  } finally {
    server.close();
  }
});

test("a host certificate names the host as its issuer says, not as the request does", async () => {
  const { csrPem } = await generateHostIdentity();
  const { certificatePem } = await issueHost(intermediate, csrPem, { name: "db-1" });
  const certificate = new X509Certificate(certificatePem);
  assert.equal(certificate.subject, "CN=db-1");
  assert.equal(certificate.subjectAltName, "URI:portway:host:db-1");
  assert.equal(certificate.ca, false);
  assert.ok(certificate.checkIssued(new X509Certificate(intermediate.certificatePem)));
});

test("a leaf ends when its issuer does, and begins a day ago", async () => {
  const nowMs = Date.UTC(2030, 0, 1);
  const { csrPem } = await generateHostIdentity();
  const host = { name: "api-1", notAfterMs: Date.UTC(2200, 0, 1) };
  const certificate = new X509Certificate((await issueHost(intermediate, csrPem, host, nowMs)).certificatePem);
  assert.equal(certificate.validTo, new X509Certificate(intermediate.certificatePem).validTo);
  assert.equal(Date.parse(certificate.validFrom), Date.UTC(2029, 11, 31));
});

test("a request whose signature was changed, or whose key is of another kind, gets no certificate", async () => {
  const { csrPem } = await generateHostIdentity();
  const der = Buffer.from(csrPem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  der[der.length - 1]! ^= 1;
  const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  await assert.rejects(issueHost(intermediate, changed, { name: "api-1" }), /not signed by the key/);
  await assert.rejects(issueHost(intermediate, "nonsense", { name: "api-1" }));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await assert.rejects(makeCsr(privateKey.export({ type: "pkcs8", format: "pem" }).toString()));
});

test("a self-signed certificate serves the names and addresses it was asked for", async () => {
  const { certificatePem, keyPem } = await selfSigned(["api.example.com", "*.example.org", "192.0.2.1"]);
  const certificate = new X509Certificate(certificatePem);
  assert.equal(certificate.subjectAltName, "DNS:api.example.com, DNS:*.example.org, IP Address:192.0.2.1");
  assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
  assert.match(fingerprintOfCertificate(certificatePem), /^[0-9a-f]{64}$/);
});
