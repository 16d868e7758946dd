import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { selfSigned } from "../lib/x509.ts";
import type { NginxObject } from "../wire/edge.ts";
import { trustFiles, trustsInForce } from "./trust-files.ts";

const service = (trust: string) => JSON.stringify({ name: "a", targets: [], tls: { name: "", trust } });
const asking = (...trusts: NonNullable<NginxObject["trusts"]>) => ({ trusts }) as unknown as NginxObject;

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "portway-trust-"));
  const sources: Record<string, string> = {
    "/a.pem": (await selfSigned(["a"])).certificatePem,
    "/b.pem": (await selfSigned(["b"])).certificatePem,
  };
  const read = (path: string) => {
    const text = sources[path];
    if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return text;
  };
  const trusts = trustFiles({ folder, read, nobody: "/nobody.pem" });
  const fileOf = (nginx: NginxObject, id: string, inForce = {}) =>
    trusts.resolve(nginx, inForce).trusts?.find((trust) => trust.id === id)?.file;
  return { folder, sources, trusts, fileOf, stop: () => rmSync(folder, { recursive: true }) };
}

test("authorities are copied under a name that changes with them, and a copy that nginx.conf does not name goes", async () => {
  const { folder, sources, trusts, fileOf, stop } = await setUp();
  const nginx = asking({ id: "a1", file: "/a.pem" });
  const first = fileOf(nginx, "a1")!;
  assert.equal(readFileSync(first, "utf8").trim(), sources["/a.pem"]!.trim());
  sources["/a.pem"] = `${sources["/a.pem"]}${sources["/b.pem"]}`;
  const second = fileOf(nginx, "a1")!;
  assert.notEqual(second, first);
  assert.deepEqual(trusts.warnings(), []);
  trusts.sweep(`proxy_ssl_trusted_certificate ${second};`);
  assert.deepEqual(readdirSync(folder), [second.slice(folder.length + 1)]);
  stop();
});

test("authorities that cannot be read are those read last, or nobody; it is said why", async () => {
  const { sources, trusts, fileOf, stop } = await setUp();
  const nginx = asking({ id: "a1", file: "/a.pem" });
  delete sources["/a.pem"];
  assert.equal(fileOf(nginx, "a1"), "/nobody.pem");
  assert.deepEqual(
    trusts.warnings().map(({ code, severity, text }) => [code, severity, text]),
    [["authoritiesUnusable", "critical", "there is no such file; its targets are refused"]],
  );
  sources["/a.pem"] = sources["/b.pem"]!;
  const good = fileOf(nginx, "a1");
  for (const [bad, reason] of [
    ["no certificate", "there is no PEM certificate in it"],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a certificate in it is damaged"],
  ] as const) {
    sources["/a.pem"] = bad;
    assert.equal(fileOf(nginx, "a1"), good);
    assert.equal(trusts.warnings()[0]?.text, `${reason}; those read last stay in force`);
  }
  stop();
});

test("what services in force still need stays until they do not", async () => {
  const { trusts, fileOf, stop } = await setUp();
  const copy = fileOf(asking({ id: "a1", file: "/a.pem" }), "a1");
  const inForce = { "service/a": service("a1"), "service/b": service("anyone"), "route/a": '{"tls":1}' };
  assert.deepEqual(trustsInForce(inForce), ["a1", "anyone"]);
  assert.deepEqual(trusts.resolve(asking(), inForce).trusts, [{ id: "a1", file: copy }, { id: "anyone" }]);
  assert.equal(trusts.resolve({ ...asking() }, {}).trusts?.length ?? 0, 0);
  stop();
});
