// The host's WireGuard keys, one a plane and generation. A private key is made here and never leaves its file (mode 0600);
// programs are given the file's name.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readFileIfAny, writeFileAtomic } from "../lib/files.ts";
import type { PlaneName } from "../wire/mesh.ts";
import { keysFolder } from "./files.ts";

export interface PlaneKey {
  readonly plane: PlaneName;
  readonly generation: number;
  /** Base64, 32 bytes. */
  readonly publicKey: string;
  readonly file: string;
  /** Unix ms. */
  readonly madeAtMs: number;
}

/** Planes that every host has keys for from the start; `pwx` gets one for each rotation. */
export const keyedPlanes: readonly PlaneName[] = ["pw0", "pwr", "pwr1", "pwr2", "pwr3"];

// An X25519 private key in PKCS#8 (RFC 8410) is these bytes and the key.
const pkcs8Head = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The newest key of each plane, making the ones that are missing. `folder` is the agent's. */
export function ensureKeys(folder: string, planes: readonly PlaneName[] = keyedPlanes): readonly PlaneKey[] {
  const known = new Map(readKeys(folder).map((key) => [key.plane, key]));
  return planes.map((plane) => known.get(plane) ?? makeKey(folder, plane, 1));
}

/** The newest key of each plane that has one. */
export function readKeys(folder: string): readonly PlaneKey[] {
  return [...new Map(readAllKeys(folder).map((key) => [key.plane, key])).values()];
}

/** All keys, the newest of a plane last. */
export function readAllKeys(folder: string): readonly PlaneKey[] {
  return fileNames(keysFolder(folder))
    .flatMap((name) => {
      const [, plane, generation] = /^([a-z0-9]+)\.(\d+)\.key$/.exec(name) ?? [];
      return plane === undefined ? [] : [{ plane: plane as PlaneName, generation: Number(generation) }];
    })
    .sort((a, b) => a.generation - b.generation)
    .map(({ plane, generation }) => readKey(folder, plane, generation));
}

/** Makes a key of that generation; there must be none. */
export function makeKey(folder: string, plane: PlaneName, generation: number): PlaneKey {
  const { privateKey } = generateKeyPairSync("x25519");
  const bytes = privateKey.export({ type: "pkcs8", format: "der" }).subarray(pkcs8Head.length);
  writeFileAtomic(keyFile(folder, plane, generation), `${bytes.toString("base64")}\n`);
  return readKey(folder, plane, generation);
}

function readKey(folder: string, plane: PlaneName, generation: number): PlaneKey {
  const file = keyFile(folder, plane, generation);
  const bytes = Buffer.from(readFileIfAny(file) ?? "", "base64");
  if (bytes.length !== 32) throw new Error(`${file} holds no WireGuard key`);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Head, bytes]), type: "pkcs8", format: "der" });
  return { plane, generation, publicKey: publicKeyOf(privateKey), file, madeAtMs: statSync(file).mtimeMs };
}

function publicKeyOf(privateKey: KeyObject): string {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return Buffer.from(x!, "base64url").toString("base64");
}

const keyFile = (folder: string, plane: string, generation: number) =>
  join(keysFolder(folder), `${plane}.${generation}.key`);

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
