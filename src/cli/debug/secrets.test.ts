import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { writeFileAtomic } from "../../lib/files.ts";
import { secretsOf } from "./secrets.ts";

suite("the secrets of a machine are", () => {
  let folder: string;
  const write = (path: string, text: string) => writeFileAtomic(join(folder, path), text);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-secrets-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("none where there is nothing", () => assert.deepEqual(secretsOf(join(folder, "nowhere")), []));

  test("WireGuard's keys, in each alphabet", () => {
    const bytes = randomBytes(32);
    write("agent/keys/pw0", `${bytes.toString("base64")}\n`);
    const secrets = secretsOf(folder);
    for (const form of ["base64", "base64url", "hex"] as const) assert.ok(secrets.includes(bytes.toString(form)), form);
  });

  test("lines of private keys in PEM, and no certificate's", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    write("identity/key.pem", pem);
    write(
      "identity/certificate.pem",
      "-----BEGIN CERTIFICATE-----\nQUJDREVGR0hJSktMTU5PUA==\n-----END CERTIFICATE-----\n",
    );
    const secrets = secretsOf(folder);
    assert.ok(secrets.includes(pem.split("\n")[1]!));
    assert.ok(!secrets.some((one) => one.includes("QUJDREVGR0hJ")));
  });

  test("those in the objects of a snapshot", () => {
    const objects = {
      "certificate/a": JSON.stringify({
        names: ["a-name-of-a-host.example"],
        keyPem: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LWxpbmUtb25l\n",
      }),
      "keys/hs": JSON.stringify({ keys: [{ kty: "oct", k: "c2hhcmVkLXNlY3JldC1rZXk" }] }),
    };
    write("edge/snapshot.json", JSON.stringify({ revision: 1, objects }));
    const secrets = secretsOf(folder);
    assert.ok(secrets.includes("c2VjcmV0LWxpbmUtb25l"));
    assert.ok(secrets.includes("c2hhcmVkLXNlY3JldC1rZXk"));
    assert.ok(!secrets.includes("a-name-of-a-host.example"));
  });
});
