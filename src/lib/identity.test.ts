import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { controlDoors, type Identity, readIdentity, writeIdentity } from "./identity.ts";

const folder = mkdtempSync(join(tmpdir(), "portway-identity-"));
after(() => rmSync(folder, { recursive: true }));

const identity: Identity = {
  name: "api-1",
  network: "acme",
  controlUrls: ["https://a:7443", "https://b:7443"],
  caPem: "ca",
  certificatePem: "certificate",
  keyPem: "key",
};

test("an identity comes back as it was written, its key readable by its owner alone", () => {
  const place = join(folder, "identity");
  assert.equal(readIdentity(place), undefined);
  writeIdentity(place, identity);
  assert.deepEqual(readIdentity(place), identity);
  assert.equal(statSync(join(place, "key.pem")).mode & 0o777, 0o600);
});

test("an identity without one of its parts is none", () => {
  const place = join(folder, "torn");
  writeIdentity(place, identity);
  rmSync(join(place, "identity.json"));
  assert.equal(readIdentity(place), undefined);
});

test("every control URL is a door with the host's certificate", () => {
  assert.deepEqual(controlDoors(identity)[1], { url: "https://b:7443", ca: "ca", cert: "certificate", key: "key" });
});
