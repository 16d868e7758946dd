// Where everything is in the registry, and what its values hold. Private keys and secrets are nowhere among them.
//
//   settings                 SettingsRecord   which authority this registry belongs to
//   spec/current             SpecRecord       the file in force; its revision is the spec's
//   hosts/api-1              HostRecord       every host that has joined or was ever given an address
//   tokens/0123456789ab      TokenRecord      hashes of join and administrator's tokens
//   debug-keys/0123456789ab  DebugKeyRecord   until when a key signs the tokens of Portway-Debug, and they last
//   released/api-1           ReleasedRecord   who may drop this host without a person's word
//   drains/service/orders    DrainRecord      what is taken out of use, and when the last of it is ended
//   rotation                 RotationRun      the last rotation of keys (plan/rotation/run.ts)
//   audit/entry/000000000001 AuditEntry       the chain (wire/audit.ts)
//   audit/head               AuditHead        its end
import type { Deadlines } from "../plan/deadlines.ts";
import type { Drain } from "../wire/edge-state.ts";

export const settingsKey = "settings";
export const specKey = "spec/current";
export const rotationKey = "rotation";
export const auditHeadKey = "audit/head";

export const hostPrefix = "hosts/";
export const drainPrefix = "drains/";
export const tokenPrefix = "tokens/";
export const debugKeyPrefix = "debug-keys/";
export const releasedPrefix = "released/";
export const auditPrefix = "audit/entry/";

export const hostKey = (name: string) => hostPrefix + name;
export const tokenKey = (id: string) => tokenPrefix + id;
export const drainKey = ({ kind, name }: Pick<Drain, "kind" | "name">) => `${drainPrefix}${kind}/${name}`;
export const debugKeyKey = (id: string) => debugKeyPrefix + id;
export const releasedKey = (name: string) => releasedPrefix + name;
/** Padded, so that the order of keys is the order of entries. */
export const auditKey = (sequence: number) => auditPrefix + String(sequence).padStart(12, "0");

export interface SettingsRecord {
  /** Fingerprint of the root certificate. */
  readonly authority: string;
  readonly createdAt: string;
}

export interface SpecRecord {
  readonly text: string;
  readonly appliedBy: string;
  readonly appliedAt: string;
  /** Of the file's rules that hold for a time. */
  readonly deadlines?: Deadlines;
  /** It cuts hosts off from control: the file before is in force again then, unless a person confirms this one. */
  readonly trial?: { readonly untilMs: number; readonly before: string };
}

export interface HostRecord {
  readonly ipv4: string;
  readonly ipv6: string;
  /** Absent: only the file names it yet, or it was removed and its addresses rest. */
  readonly membership?: Membership;
  /** What it will have once an administrator approves it. */
  readonly applicant?: Membership;
  /** When it was removed last; its addresses are kept for it until the grace time is over. */
  readonly removedAt?: string;
}

/** What a host has while it is joined. */
export interface Membership {
  /** Fingerprint of its identity key: its credential. */
  readonly identity: string;
  /** Tags of the token it joined with. */
  readonly tags: readonly string[];
  readonly keys: readonly KeyRecord[];
  readonly joinedAt: string;
  /** Revision up to which a person confirmed held removals. */
  readonly removalsConfirmedAt: number;
  /** When its certificate ends; absent: one of ten years. */
  readonly credentialUntil?: string;
  /** Its token says that it goes for good when it goes. */
  readonly ephemeral?: boolean;
  /** Since when it has been away, once that is longer than its grace: nobody has it as a peer. */
  readonly staleSince?: string;
}

export interface KeyRecord {
  readonly plane: string;
  readonly publicKey: string;
  readonly generation: number;
  /** ISO 8601: when it came into use by a rotation; before the first one that is when the host joined. */
  readonly since?: string;
}

export interface TokenRecord {
  readonly kind: "join" | "admin";
  /** SHA-256 of the secret, hex; its first 12 digits are the id. */
  readonly hash: string;
  readonly tags: readonly string[];
  readonly host?: string;
  readonly ephemeral?: boolean;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedBy?: string;
  readonly usedAt?: string;
}

/** Its kind and name are in its key. */
export interface DrainRecord {
  readonly by: string;
  readonly startedAt: string;
  readonly endsAt: string;
  /** When every edge had said that nothing is left. */
  readonly drainedAt?: string;
}

export interface DebugKeyRecord {
  readonly signsUntil: string;
  /** When the last token that it has signed is over. */
  readonly endsAt: string;
}

export interface ReleasedRecord {
  /** Hosts that had it as a peer when it was let go. */
  readonly by: readonly string[];
  readonly at: string;
}

export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}
