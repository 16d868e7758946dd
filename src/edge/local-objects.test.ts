import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plainNginx } from "../../test/lab/plain-nginx.ts";
import { selfSigned } from "../lib/x509.ts";
import type { CertificateObject, KeysObject, NginxObject } from "../wire/edge.ts";
import type { LocalFacts } from "./local-facts.ts";
import { gatewayObjects } from "./local-objects.ts";

const nowMs = Date.UTC(2026, 10, 21);
const pair = await selfSigned(["api.example.com"], nowMs);
const jwk = { kty: "oct", kid: "k", k: Buffer.alloc(32, 1).toString("base64url"), alg: "HS256" };
const nginx: NginxObject = { ...plainNginx, https: { port: 443 } };

function facts(files: Readonly<Record<string, string>>): LocalFacts {
  return {
    read(path) {
      if (files[path] === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return files[path];
    },
    selfSigned: async (name) => ({ certificatePem: `certificate of ${name}`, keyPem: "key" }),
    addressesOf: () => undefined,
    isOwn: () => false,
    nowMs,
  };
}

const fromFile = { "keys/a": JSON.stringify({ kind: "file", path: "/jwks.json" }) };
const withCertificate = {
  nginx: JSON.stringify({ ...nginx, certificates: [{ certificateFile: "/a.pem", keyFile: "/a.key", names: [] }] }),
};

describe("what nginx gets", () => {
  test("is what control sends, without the nginx object and with keys parsed", async () => {
    const control = {
      nginx: JSON.stringify(nginx),
      "route/orders": '{"name":"orders"}',
      "keys/a": JSON.stringify({ kind: "inline", jwks: [jwk] }),
      "certificate/x": "control sends none: this is not taken",
    };
    const { objects, warnings } = await gatewayObjects(control, {}, facts({}));
    assert.deepEqual(Object.keys(objects).sort(), ["keys/a", "route/orders"]);
    assert.equal(objects["route/orders"], '{"name":"orders"}');
    assert.deepEqual((JSON.parse(objects["keys/a"]!) as KeysObject).keys[0]?.algorithms, ["HS256"]);
    assert.deepEqual(warnings, []);
  });

  test("has the keys of a JWKS file, and a warning for each that is unusable", async () => {
    const set = JSON.stringify({ keys: [jwk, { ...jwk, kid: "short", k: "AAAA" }] });
    const { objects, warnings } = await gatewayObjects(fromFile, {}, facts({ "/jwks.json": set }));
    assert.equal((JSON.parse(objects["keys/a"]!) as KeysObject).keys.length, 1);
    assert.deepEqual(
      warnings.map(({ code, subject, text }) => [code, subject, text]),
      [["keyUnusable", "/jwks.json", 'key "short": 3 bytes are too short for HS256']],
    );
  });

  test("keeps the keys read last when the file cannot be read, and accepts no token when there never were any", async () => {
    const before = { "keys/a": '{"keys":[{"algorithms":["HS256"],"secret":"eA=="}]}' };
    for (const files of [{}, { "/jwks.json": '{"keys":[' }] as Record<string, string>[]) {
      const kept = await gatewayObjects(fromFile, before, facts(files));
      assert.equal(kept.objects["keys/a"], before["keys/a"]);
      assert.match(kept.warnings[0]!.text, /stay in force/);
      const closed = await gatewayObjects(fromFile, {}, facts(files));
      assert.equal(closed.objects["keys/a"], '{"keys":[]}');
      assert.match(closed.warnings[0]!.text, /no token is accepted/);
      const again = await gatewayObjects(fromFile, closed.objects, facts(files));
      assert.match(again.warnings[0]!.text, /no token is accepted/);
    }
  });

  test("has this host's certificates, under a key that does not change with their content", async () => {
    const files = { "/a.pem": pair.certificatePem, "/a.key": pair.keyPem };
    const first = await gatewayObjects(withCertificate, {}, facts(files));
    const [key] = Object.keys(first.objects);
    assert.match(key!, /^certificate\/[0-9a-f]{16}$/);
    assert.deepEqual((JSON.parse(first.objects[key!]!) as CertificateObject).names, ["api.example.com"]);
    const torn = await gatewayObjects(withCertificate, first.objects, facts({ ...files, "/a.pem": "torn" }));
    assert.deepEqual(torn.objects, first.objects);
    assert.deepEqual([torn.warnings[0]?.code, torn.warnings[0]?.severity], ["certificateUnusable", "critical"]);
    const missing = await gatewayObjects(withCertificate, {}, facts({}));
    assert.deepEqual(missing.objects, {});
  });

  test("has a self-signed certificate for each name that asks for one", async () => {
    const control = { nginx: JSON.stringify({ ...nginx, selfSignedNames: ["a.lab"] }) };
    const { objects } = await gatewayObjects(control, {}, facts({}));
    assert.deepEqual(objects, {
      "certificate/self-signed/a.lab": JSON.stringify({
        names: ["a.lab"],
        certificatePem: "certificate of a.lab",
        keyPem: "key",
      }),
    });
  });
});
