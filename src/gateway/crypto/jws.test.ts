import assert from "node:assert/strict";
import { constants, createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { describe, test } from "node:test";
import { CompactSign } from "jose";
import { keyFor, partOf, type Signer, spkiOf, tokenBy, verifyAll } from "../../../test/lua/jws.ts";
import type { VerificationKey } from "../../wire/edge.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const rsaOther = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" });
const ed25519 = generateKeyPairSync("ed25519");
const secret = randomBytes(64);

const rsaAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const signers: Readonly<Record<string, Signer>> = {
  HS256: secret,
  HS384: secret,
  HS512: secret,
  ...Object.fromEntries(rsaAlgorithms.map((algorithm) => [algorithm, rsa])),
  ES256: p256,
  ES384: p384,
  ES512: p521,
  EdDSA: ed25519,
};

/** Another first character of the part: the bytes differ, the form stays canonical. */
function changed(token: string, part: number): string {
  const parts = token.split(".");
  parts[part] = (parts[part]!.startsWith("A") ? "B" : "A") + parts[part]!.slice(1);
  return parts.join(".");
}

describe("a JWS", () => {
  test("by jose is verified, in each algorithm", async () => {
    const cases: [VerificationKey[], string][] = [];
    for (const [algorithm, signer] of Object.entries(signers)) {
      const key = Buffer.isBuffer(signer) ? signer : signer.privateKey;
      const token = await new CompactSign(Buffer.from(algorithm)).setProtectedHeader({ alg: algorithm }).sign(key);
      cases.push([[keyFor(signer, [algorithm])], token]);
    }
    assert.deepEqual(
      verifyAll(cases),
      Object.keys(signers).map((algorithm) => `payload ${algorithm}`),
    );
  });

  test("is refused when header, payload or signature is changed, cut or longer, in each algorithm", () => {
    const cases: [VerificationKey[], string][] = [];
    for (const [algorithm, signer] of Object.entries(signers)) {
      const token = tokenBy(signer, algorithm, { alg: algorithm }, '{"sub":"a"}');
      const keys = [keyFor(signer, [algorithm])];
      const [header, payload, signature] = token.split(".") as [string, string, string];
      const bytes = Buffer.from(signature, "base64url");
      const withSignature = (other: Buffer) => `${header}.${payload}.${other.toString("base64url")}`;
      cases.push(
        [keys, changed(token, 1)],
        [keys, changed(token, 2)],
        [keys, `${partOf(JSON.stringify({ alg: algorithm, x: 1 }))}.${payload}.${signature}`],
        [keys, withSignature(bytes.subarray(0, -1))],
        [keys, withSignature(Buffer.concat([bytes, Buffer.of(0)]))],
        [keys, withSignature(Buffer.concat([Buffer.of(0), bytes]))],
        [keys, withSignature(Buffer.alloc(bytes.length))],
        [keys, withSignature(Buffer.alloc(bytes.length, 0xff))],
        [keys, withSignature(Buffer.of(0))],
      );
    }
    assert.deepEqual(new Set(verifyAll(cases)), new Set(["signature"]));
  });

  test("is refused by another key of the same kind", () => {
    const others: Readonly<Record<string, Signer>> = {
      RS256: rsaOther,
      PS384: rsaOther,
      ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
      EdDSA: generateKeyPairSync("ed25519"),
      HS512: randomBytes(64),
    };
    const cases = Object.entries(others).map(
      ([alg, other]) => [[keyFor(other, [alg])], tokenBy(signers[alg]!, alg, { alg })] as const,
    );
    assert.deepEqual(new Set(verifyAll(cases)), new Set(["signature"]));
  });

  test("is verified by no algorithm but those of the key, whatever its header says", () => {
    const keys = [keyFor(rsa, ["RS256"])];
    const publicAsSecret = Buffer.from(spkiOf(rsa), "base64");
    const pem = Buffer.from(rsa.publicKey.export({ type: "spki", format: "pem" }) as string);
    const cases: [VerificationKey[], string][] = [
      [keys, tokenBy(rsa, "RS384", { alg: "RS384" })],
      [keys, tokenBy(rsa, "PS256", { alg: "PS256" })],
      [keys, tokenBy(publicAsSecret, "HS256", { alg: "HS256" })],
      [keys, tokenBy(pem, "HS256", { alg: "HS256" })],
      [keys, tokenBy(rsa, "RS256", { alg: "rs256" })],
      [keys, tokenBy(rsa, "RS256", { alg: "RS256 " })],
      [keys, tokenBy(rsa, "RS256", { alg: "constructor" })],
      [keys, tokenBy(rsa, "RS256", { alg: "none" })],
      [keys, tokenBy(rsa, "RS256", { alg: "None" })],
      [keys, tokenBy(rsa, "RS256", { alg: "" })],
      [[keyFor(secret, ["HS256"])], tokenBy(secret, "HS512", { alg: "HS512" })],
      [[keyFor(p256, ["ES256"])], tokenBy(p256, "ES384", { alg: "ES384" })],
    ];
    assert.deepEqual(new Set(verifyAll(cases)), new Set(["algorithm"]));
    const crossed: [VerificationKey[], string][] = [
      [keys, tokenBy(rsa, "PS256", { alg: "RS256" })],
      [keys, tokenBy(publicAsSecret, "HS256", { alg: "RS256" })],
      [[keyFor(rsa, ["PS256"])], tokenBy(rsa, "RS256", { alg: "PS256" })],
      [[keyFor(rsa, ["RS256"])], tokenBy(rsa, "RS384", { alg: "RS256" })],
    ];
    assert.deepEqual(new Set(verifyAll(crossed)), new Set(["signature"]));
  });

  test("with alg none is refused, with and without a signature", () => {
    const unsigned = `${partOf('{"alg":"none"}')}.${partOf("{}")}.`;
    const listed = { ...keyFor(rsa, ["none", "RS256"]) };
    assert.deepEqual(
      verifyAll([
        [[keyFor(rsa, ["RS256"])], unsigned],
        [[listed], unsigned],
        [[listed], `${unsigned}AA`],
        [[], `${unsigned}AA`],
      ]),
      ["malformed", "malformed", "algorithm", "noKey"],
    );
  });

  test("of PSS needs a salt as long as the hash", () => {
    const header = partOf('{"alg":"PS256"}');
    const cases = [0, 20, 31, 32, 33, 64].map((saltLength) => {
      const signed = `${header}.${partOf("{}")}`;
      const key = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      return [
        [keyFor(rsa, ["PS256"])],
        `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`,
      ] as const;
    });
    assert.deepEqual(verifyAll(cases), ["signature", "signature", "signature", "payload {}", "signature", "signature"]);
  });
});

describe("the form of a JWS", () => {
  const keys = [keyFor(secret, ["HS256"])];
  const byText = (header: string, payload: string | Buffer = "{}") => tokenBy(secret, "HS256", header, payload);
  const good = byText('{"alg":"HS256"}');
  const [header, payload, signature] = good.split(".") as [string, string, string];

  /** Signed as it stands, so that the form alone decides. */
  const signedText = (text: string) => `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;

  test("is three parts of canonical base64url", () => {
    const malformed = [
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      header,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${good}.`,
      `${good}.${signature}`,
      `.${good}`,
      `${good}=`,
      `${good} `,
      ` ${good}`,
      `${good}\n`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      signedText(`${header}=.${payload}`),
      signedText(`${header}.${payload}=`),
      signedText(`${header}.e31`), // "{}" is e30: the last two bits must be zero
      signedText(`${header}.e 30`),
      signedText(`${header}.+/+/`),
      signedText(`${header}.é`),
      signedText(`${header}.A`),
      `{"payload":"${payload}","signatures":[{"protected":"${header}","signature":"${signature}"}]}`,
    ];
    const cases = malformed.map((token) => [keys, Buffer.from(token).toString("latin1")] as const);
    for (const [index, result] of verifyAll(cases).entries()) assert.equal(result, "malformed", malformed[index]!);
    assert.deepEqual(verifyAll([[keys, signedText(`${header}.e30`)]]), ["payload {}"]);
  });

  test("is a header that is a JSON object with an algorithm", () => {
    const headers = [
      "",
      "HS256",
      '"HS256"',
      '["HS256"]',
      '[{"alg":"HS256"}]',
      "{}",
      '{"alg":null}',
      '{"alg":["HS256"]}',
      '{"alg":"HS256"',
      '{"alg":"HS256"}}',
      '{"alg":"HS256"}\0',
      '{"alg":"HS256","kid":7}',
      '{"alg":"HS256","crit":["exp"],"exp":1}',
      '{"alg":"HS256","crit":[]}',
      '{"alg":"HS256","b64":false,"crit":["b64"]}',
      '{"alg":"HS256","zip":"DEF"}',
      '{"alg":"HS256","enc":"A256GCM"}',
      `{"alg":"HS256","x":${"[".repeat(40)}${"]".repeat(40)}}`,
    ];
    const results = verifyAll(headers.map((text) => [keys, byText(text)] as const));
    for (const [index, result] of results.entries()) assert.equal(result, "malformed", headers[index]!);
  });

  test("may hold any bytes as payload, also none, and members that mean nothing here", () => {
    assert.deepEqual(
      verifyAll([
        [keys, byText('{"alg":"HS256"}', "")],
        [keys, byText('{"alg":"HS256"}', Buffer.of(0, 255, 10, 34))],
        [keys, byText(' {"typ":"at+jwt", "alg" : "HS256", "jwk":{}, "kid":"any"}')],
        [keys, byText('{"alg":"none","alg":"HS256"}')],
      ]),
      ["payload ", 'payload \0\xff\n"', "payload {}", "payload {}"],
    );
  });

  test("is 8 KiB long at most", () => {
    const withLength = (length: number) => {
      const rest = length - signedText(`${header}.`).length;
      return signedText(`${header}.${"A".repeat(rest)}`);
    };
    assert.equal(withLength(8192).length, 8192);
    const [atLimit, beyond] = verifyAll([8192, 8193].map((length) => [keys, withLength(length)] as const));
    assert.match(atLimit!, /^payload \0/);
    assert.equal(beyond, "malformed");
  });
});
