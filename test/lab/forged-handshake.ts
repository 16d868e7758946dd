// Sends WireGuard the first message of a handshake whose time is in the future, as a host does whose clock is set back
// afterwards: `node forged-handshake.ts KEY_FILE PEER_KEY ADDRESS PORT AHEAD_SECONDS`. The WireGuard paper, section 5.4.2.
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { CommandFailed, exec } from "../../src/lib/exec.ts";

const [keyFile, peerKey, address, port, aheadSeconds] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];

const hash = (...parts: readonly (Buffer | string)[]) => {
  const state = createHash("blake2s256");
  for (const part of parts) state.update(part);
  return state.digest();
};
const hmac = (key: Buffer, data: Buffer) => createHmac("blake2s256", key).update(data).digest();

/** The paper's KDF: the next chaining key, and a key. */
function derive(chain: Buffer, input: Buffer): readonly [Buffer, Buffer] {
  const secret = hmac(chain, input);
  const first = hmac(secret, Buffer.from([1]));
  return [first, hmac(secret, Buffer.concat([first, Buffer.from([2])]))];
}

function seal(key: Buffer, text: Buffer, authenticated: Buffer): Buffer {
  const cipher = createCipheriv("chacha20-poly1305", key, Buffer.alloc(12), { authTagLength: 16 });
  cipher.setAAD(authenticated, { plaintextLength: text.length });
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** X25519 keys in DER are their raw 32 bytes after a prefix that is always the same. */
const [privatePrefix, publicPrefix] = ["302e020100300506032b656e04220420", "302a300506032b656e032100"];
const privateKey = (raw: Buffer) =>
  createPrivateKey({ key: Buffer.concat([Buffer.from(privatePrefix, "hex"), raw]), format: "der", type: "pkcs8" });
const publicKey = (raw: Buffer) =>
  createPublicKey({ key: Buffer.concat([Buffer.from(publicPrefix, "hex"), raw]), format: "der", type: "spki" });
const rawPublic = (key: KeyObject) => createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);

/** TAI64N, which counts from 2^62 with ten leap seconds ahead. */
function timestamp(seconds: number): Buffer {
  const text = Buffer.alloc(12);
  text.writeBigUInt64BE(0x4000000000000000n + 10n + BigInt(Math.floor(seconds)));
  return text;
}

const theirs = Buffer.from(peerKey, "base64");
const own = privateKey(Buffer.from(readFileSync(keyFile, "utf8").trim(), "base64"));
const ephemeral = generateKeyPairSync("x25519").privateKey;
const shared = (key: KeyObject) => diffieHellman({ privateKey: key, publicKey: publicKey(theirs) });

let chain: Buffer = hash("Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s");
let told: Buffer = hash(hash(chain, "WireGuard v1 zx2c4 Jason@zx2c4.com"), theirs);
let key: Buffer;
[chain] = derive(chain, rawPublic(ephemeral));
told = hash(told, rawPublic(ephemeral));
[chain, key] = derive(chain, shared(ephemeral));
const sealedStatic = seal(key, rawPublic(own), told);
told = hash(told, sealedStatic);
[chain, key] = derive(chain, shared(own));
const sealedTime = seal(key, timestamp(Date.now() / 1000 + Number(aheadSeconds)), told);
const message = Buffer.concat([
  Buffer.from([1, 0, 0, 0]),
  randomBytes(4),
  rawPublic(ephemeral),
  sealedStatic,
  sealedTime,
]);

// Node's hashes take no key, OpenSSL's program does.
const words = ["mac", "-macopt", `hexkey:${hash("mac1----", theirs).toString("hex")}`, "-macopt", "size:16"];
const file = `/run/root/handshake-${process.pid}`;
const ran = await exec("sh", [
  "-c",
  `printf %s "$1" | base64 -d >${file}; shift; openssl "$@"; rm ${file}`,
  "sh",
  message.toString("base64"),
  ...words,
  "-in",
  file,
  "BLAKE2SMAC",
]);
if (ran.code !== 0) throw new CommandFailed("openssl", words, ran);
const whole = Buffer.concat([message, Buffer.from(ran.stdout.trim(), "hex"), Buffer.alloc(16)]);

const socket = createSocket("udp4");
socket.send(whole, Number(port), address, () => socket.close());
