import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ensureKeys, keyedPlanes, readKeys } from "./keys.ts";

describe("the keys of a host", () => {
  let folder: string;
  const file = (name: string) => join(folder, "keys", name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-keys-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("are made once, one a plane, in files that only their owner can read", () => {
    const made = ensureKeys(folder);
    assert.deepEqual(
      made.map(({ plane, generation }) => [plane, generation]),
      keyedPlanes.map((plane) => [plane, 1]),
    );
    assert.equal(new Set(made.map((key) => key.publicKey)).size, keyedPlanes.length);
    for (const key of made) assert.equal(statSync(key.file).mode & 0o777, 0o600);
    assert.deepEqual(ensureKeys(folder), made);
    assert.equal(readdirSync(join(folder, "keys")).length, keyedPlanes.length);
  });

  test("have the public keys that RFC 7748 (section 6.1) gives", () => {
    mkdirSync(join(folder, "keys"));
    const privateKey = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    const publicKey = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    writeFileSync(file("pw0.1.key"), `${Buffer.from(privateKey, "hex").toString("base64")}\n`);
    assert.equal(readKeys(folder)[0]!.publicKey, Buffer.from(publicKey, "hex").toString("base64"));
  });

  test("are those of the newest generation", () => {
    const [first] = ensureKeys(folder, ["pw0"]);
    const [other] = ensureKeys(folder, ["pwr"]);
    copyFileSync(other!.file, file("pw0.10.key"));
    copyFileSync(first!.file, file("pw0.9.key"));
    const found = readKeys(folder).find((key) => key.plane === "pw0")!;
    assert.deepEqual([found.generation, found.publicKey], [10, other!.publicKey]);
  });

  test("that are damaged are an error that names the file", () => {
    mkdirSync(join(folder, "keys"));
    writeFileSync(file("pw0.1.key"), "short\n");
    assert.throws(() => readKeys(folder), /pw0\.1\.key holds no WireGuard key/);
  });
});
