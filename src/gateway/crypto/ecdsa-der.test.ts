import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { runLua } from "../../../test/lua/run-lua.ts";
import { derOfSignature } from "./ecdsa-der.ts";

const curves: [name: string, numberBytes: number][] = [
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
];

test("OpenSSL reads as DER what it signed as r || s", () => {
  for (const [namedCurve, numberBytes] of curves) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
    for (let i = 0; i < 20; i++) {
      const data = Buffer.of(i);
      const raw = sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
      const der = derOfSignature(raw.toString("latin1"), numberBytes)!;
      assert.ok(verify("sha256", data, publicKey, Buffer.from(der, "latin1")));
    }
  }
});

test("numbers are written in their shortest form and never as negative ones", () => {
  const hexOf = (r: string, s: string) => {
    const raw = Buffer.from(r.padStart(64, "0") + s.padStart(64, "0"), "hex").toString("latin1");
    return Buffer.from(derOfSignature(raw, 32)!, "latin1").toString("hex");
  };
  assert.equal(hexOf("00", "01"), "3006020100020101");
  assert.equal(hexOf("7f", "80"), "300702017f02020080");
  assert.equal(hexOf("ff".repeat(32), "0100"), `3027022100${"ff".repeat(32)}02020100`);
});

test("a signature of another length is none", () => {
  for (const length of [0, 1, 63, 65, 96, 132]) assert.equal(derOfSignature("\x01".repeat(length), 32), undefined);
});

test("LuaJIT makes the same bytes as Node", () => {
  const byte = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff);
  const any = fc.constantFrom(...curves).chain(([, numberBytes]) =>
    fc.record({
      numberBytes: fc.constant(numberBytes),
      raw: fc
        .array(byte, { minLength: 2 * numberBytes - 1, maxLength: 2 * numberBytes })
        .map((bytes) => String.fromCharCode(...bytes)),
    }),
  );
  const cases = fc.sample(any, 300);
  const calls = cases.map(({ raw, numberBytes }) => ({
    module: "gateway.crypto.ecdsa-der",
    name: "derOfSignature",
    args: [raw, numberBytes],
  }));
  assert.deepEqual(
    runLua(calls).map(([der]) => der ?? undefined),
    cases.map(({ raw, numberBytes }) => derOfSignature(raw, numberBytes)),
  );
});
