import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { plainNginx } from "../../test/lab/plain-nginx.ts";
import { type KeyedCertificate, selfSigned } from "../lib/x509.ts";
import type { CertificateObject, NginxObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import { gatewayObjects } from "./local-objects.ts";

const nowMs = Date.UTC(2026, 10, 21);
const bare: NginxObject = { ...plainNginx, https: { port: 443 } };

interface Tls {
  /** Names by the file of their certificate; its key is in FILE.key. */
  readonly files?: Readonly<Record<string, readonly string[]>>;
  readonly selfSigned?: readonly string[];
}

describe("a certificate of a name, when the next one cannot be used", () => {
  let mine: KeyedCertificate;
  let bought: KeyedCertificate;
  before(async () => {
    [mine, bought] = await Promise.all([
      selfSigned(["api.example.com"], nowMs),
      selfSigned(["api.example.com", "*.shop.example.com"], nowMs),
    ]);
  });

  /** One pass of the edge over files that hold `bought`, or are not there. */
  async function pass(tls: Tls, previous: Objects, present: readonly string[] = []) {
    const nginx: NginxObject = {
      ...bare,
      certificates: Object.entries(tls.files ?? {}).map(([path, names]) => ({
        certificateFile: path,
        keyFile: `${path}.key`,
        names,
      })),
      selfSignedNames: tls.selfSigned ?? [],
    };
    const read = (path: string) => {
      if (present.includes(path)) return bought.certificatePem;
      if (present.includes(path.replace(/\.key$/, ""))) return bought.keyPem;
      throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    };
    const facts = { read, nowMs, addressesOf: () => undefined, isOwn: () => false, selfSigned: async () => mine };
    const { objects, warnings } = await gatewayObjects({ nginx: JSON.stringify(nginx) }, previous, facts);
    return { objects, served: served(objects), warnings: warnings.map(({ code, text }) => [code, text]) };
  }

  /** Which certificate each name gets. */
  function served(objects: Objects): Readonly<Record<string, string>> {
    const certificates = Object.values(objects).map((text) => JSON.parse(text) as CertificateObject);
    const which = ({ certificatePem }: CertificateObject) =>
      certificatePem === mine.certificatePem ? "mine" : "bought";
    return Object.fromEntries(certificates.flatMap((one) => one.names.map((name) => [name, which(one)])));
  }

  const name = "api.example.com";

  test("goes on serving it, from self-signed to a file, and on from one pass to the next, until the file is there", async () => {
    const first = await pass({ selfSigned: [name] }, {});
    const wanted = { files: { "/new.pem": [name] } };
    const missing = await pass(wanted, first.objects);
    assert.deepEqual(missing.served, { [name]: "mine" });
    const kept = "there is no such file; until then its names keep the certificate that they have";
    assert.deepEqual(missing.warnings, [["certificateUnusable", kept]]);
    assert.deepEqual(await pass(wanted, missing.objects), missing);
    const there = await pass(wanted, missing.objects, ["/new.pem"]);
    assert.deepEqual([there.served, Object.keys(there.objects).length], [{ [name]: "bought" }, 1]);
  });

  test("goes on serving it, from one file to another", async () => {
    const first = await pass({ files: { "/old.pem": [name] } }, {}, ["/old.pem"]);
    const next = await pass({ files: { "/new.pem": [name] } }, first.objects, ["/old.pem"]);
    assert.deepEqual(next.served, { [name]: "bought" });
  });

  test("serves only those of its names that the next one is for", async () => {
    const first = await pass({ files: { "/old.pem": [name, "*.shop.example.com"] } }, {}, ["/old.pem"]);
    const next = await pass({ files: { "/new.pem": [name] } }, first.objects);
    assert.deepEqual(next.served, { [name]: "bought" });
    assert.deepEqual((await pass({}, next.objects)).served, {});
  });

  test("serves a name by its wildcard, or below the wildcard that is to come", async () => {
    const wide = await pass({ files: { "/old.pem": ["*.shop.example.com"] } }, {}, ["/old.pem"]);
    const narrow = await pass({ files: { "/new.pem": ["a.shop.example.com"] } }, wide.objects);
    assert.deepEqual(narrow.served, { "a.shop.example.com": "bought" });
    const back = await pass({ files: { "/new.pem": ["*.shop.example.com"] } }, narrow.objects);
    assert.deepEqual(back.served, { "a.shop.example.com": "bought" });
    const text = "there is no such file; not served until then: *.shop.example.com";
    assert.deepEqual(back.warnings, [["certificateUnusable", text]]);
  });

  test("makes room for one that can be used", async () => {
    const first = await pass({ selfSigned: [name] }, {});
    const both = { "/new.pem": [name], "/other.pem": [name] };
    assert.deepEqual((await pass({ files: both }, first.objects, ["/other.pem"])).served, { [name]: "bought" });
  });

  test("that there never was is no certificate", async () => {
    const { objects, warnings } = await pass({ files: { "/new.pem": [name, "b.example.com"] } }, {});
    assert.deepEqual(objects, {});
    assert.match(warnings[0]![1]!, /not served until then: api\.example\.com, b\.example\.com$/);
  });
});
