import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { selfSigned } from "../lib/x509.ts";
import { checkCertificate } from "./certificates.ts";
import { selfSignedFiles, selfSignedFor } from "./self-signed.ts";

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 21);
const one = await selfSigned(["API.example.com", "*.apps.example.com"], now);
const other = await selfSigned(["other.example.com"], now);

describe("a certificate from files", () => {
  test("serves the names it holds unless the file names some", () => {
    const own = checkCertificate(one.certificatePem, one.keyPem, [], now);
    assert.deepEqual(own.ok && own.object.names, ["*.apps.example.com", "api.example.com"]);
    const named = checkCertificate(one.certificatePem, one.keyPem, ["a.apps.example.com"], now);
    assert.deepEqual(named.ok && [named.object.names, named.problems], [["a.apps.example.com"], []]);
  });

  test("is refused with a reason when it cannot be used", () => {
    const reason = (pem: string, key: string) => {
      const checked = checkCertificate(pem, key, [], now);
      return checked.ok ? "" : checked.reason;
    };
    assert.match(reason(one.certificatePem.slice(0, 100), one.keyPem), /not a PEM certificate/);
    assert.match(reason(one.certificatePem, "no key"), /not a PEM private key/);
    assert.match(reason(one.certificatePem, other.keyPem), /belongs to another certificate/);
  });

  test("is served with a warning when it ends, has ended, or lacks a name", () => {
    const codes = (names: readonly string[], nowMs: number) => {
      const checked = checkCertificate(one.certificatePem, one.keyPem, names, nowMs);
      return checked.ok ? checked.problems.map(({ code }) => code) : [];
    };
    assert.deepEqual(codes([], now + 360 * dayMs), ["certificateExpiresSoon"]);
    assert.deepEqual(codes([], now + 400 * dayMs), ["certificateExpired"]);
    assert.deepEqual(codes(["x.example.com"], now), ["certificateNames"]);
  });
});

describe("a self-signed certificate", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-self-signed-"));
  after(() => rmSync(folder, { recursive: true }));

  test("is made once, readable by its owner alone, and renewed before it ends", async () => {
    const first = await selfSignedFor(folder, "a.example.com", now);
    assert.deepEqual(await selfSignedFor(folder, "a.example.com", now + 300 * dayMs), first);
    assert.equal(statSync(selfSignedFiles(folder, "a.example.com").key).mode & 0o777, 0o600);
    const renewed = await selfSignedFor(folder, "a.example.com", now + 340 * dayMs);
    assert.notEqual(renewed.certificatePem, first.certificatePem);
  });

  test("is made anew when its files are damaged or do not belong together", async () => {
    const files = selfSignedFiles(folder, "b.example.com");
    for (const damage of [files.certificate, files.key]) {
      const { certificatePem } = await selfSignedFor(folder, "b.example.com", now);
      writeFileSync(damage, damage === files.key ? other.keyPem : "torn");
      const made = await selfSignedFor(folder, "b.example.com", now);
      assert.notEqual(made.certificatePem, certificatePem);
      assert.ok(checkCertificate(made.certificatePem, made.keyPem, [], now).ok);
    }
  });

  test("stays inside its folder, whatever the name", () => {
    assert.equal(selfSignedFiles("/f", "../../x").certificate, "/f/..%2F..%2Fx.pem");
    assert.equal(selfSignedFiles("/f", "*.example.com").certificate, "/f/_.example.com.pem");
  });

  test("serves its name", async () => {
    const { certificatePem, keyPem } = await selfSignedFor(folder, "*.example.org", now);
    const checked = checkCertificate(certificatePem, keyPem, [], now);
    assert.deepEqual(checked.ok && checked.object.names, ["*.example.org"]);
  });
});
