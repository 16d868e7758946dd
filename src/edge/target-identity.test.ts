import assert from "node:assert/strict";
import { test } from "node:test";
import { selfSigned } from "../lib/x509.ts";
import { withIdentity } from "./target-identity.ts";

const nowMs = Date.UTC(2026, 0, 1);
const service = (tls: object | undefined, changes = {}) =>
  JSON.stringify({ name: "orders", targets: [{ name: "t1" }], ...(tls && { tls }), ...changes });
const asked = { name: "orders.internal", trust: "system", certificateFile: "/edge.pem", keyFile: "/edge.key" };

const pair = await selfSigned(["edge"], nowMs);
const other = await selfSigned(["other"], nowMs);
const reading = (files: Readonly<Record<string, string>>, at = nowMs) => ({
  nowMs: at,
  read: (path: string) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error("none"), { code: "ENOENT" });
    return text;
  },
});
const good = { "/edge.pem": pair.certificatePem, "/edge.key": pair.keyPem };

test("a service's files become part of it; others stay as they came", () => {
  for (const text of [service(undefined), service({ name: "a", trust: "system" })])
    assert.deepEqual(withIdentity(text, undefined, reading({})), { text, warnings: [] });
  const made = withIdentity(service(asked), undefined, reading(good));
  assert.deepEqual(JSON.parse(made.text).tls, { ...asked, ...pair });
  assert.deepEqual(made.warnings, []);
});

test("one that cannot be used leaves the one read last, or a service without targets, and is told", () => {
  const last = withIdentity(service(asked), undefined, reading(good)).text;
  for (const [files, reason] of [
    [{}, "there is no such file"],
    [{ ...good, "/edge.pem": "torn" }, "it is not a PEM certificate"],
    [{ ...good, "/edge.key": "torn" }, "its key is not a PEM private key without a passphrase"],
    [{ ...good, "/edge.key": other.keyPem }, "its key belongs to another certificate"],
  ] as const) {
    const first = withIdentity(service(asked), undefined, reading(files));
    assert.deepEqual(JSON.parse(first.text).targets, []);
    assert.equal(first.warnings[0]?.text, `${reason}; the service orders is not asked`);
    const kept = withIdentity(service(asked, { retries: 2 }), last, reading(files));
    assert.deepEqual(JSON.parse(kept.text), { ...JSON.parse(last), retries: 2 });
    assert.equal(kept.warnings[0]?.text, `${reason}; the one read last stays in force`);
    const elsewhere = { ...asked, certificateFile: "/new.pem" };
    assert.deepEqual(JSON.parse(withIdentity(service(elsewhere), last, reading(files)).text).targets, []);
  }
});

test("one that ends is told", () => {
  const years = nowMs + 2 * 365 * 86_400_000;
  const { warnings } = withIdentity(service(asked), undefined, reading(good, years));
  assert.deepEqual(
    warnings.map(({ code, severity, subject }) => [code, severity, subject]),
    [["certificateExpired", "critical", "/edge.pem"]],
  );
});
