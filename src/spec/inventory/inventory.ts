// The inventory: what a registry knows of its hosts, and the file in force, as one YAML text that is fit for Git. It holds
// no secret of Portway's own: public keys and fingerprints alone, and the file as it was applied.

/** Planes that a key may be for. */
export const keyPlanes = ["pw0", "pwr", "pwr1", "pwr2", "pwr3", "pwx"] as const;

export interface InventoryKey {
  readonly plane: (typeof keyPlanes)[number];
  /** Base64, 32 bytes. */
  readonly publicKey: string;
  readonly generation: number;
  /** ISO 8601: when it came into use by a rotation. */
  readonly since?: string;
}

/** What a host has while it is joined. */
export interface InventoryMember {
  /** SHA-256 of the identity key, hex. */
  readonly identity: string;
  /** Tags of the token it joined with. */
  readonly tags: readonly string[];
  /** ISO 8601. */
  readonly joinedAt: string;
  readonly keys: readonly InventoryKey[];
  /** Its token said that it goes for good when it goes. */
  readonly ephemeral?: boolean;
  /** ISO 8601: when its certificate ends. */
  readonly credentialUntil?: string;
}

export interface InventoryHost {
  readonly ipv4: string;
  readonly ipv6: string;
  readonly member?: InventoryMember;
  /** It is no member yet: an administrator has to approve it. */
  readonly waits?: true;
  /** ISO 8601: it was removed then, and its addresses rest. */
  readonly removedAt?: string;
}

export interface Inventory {
  /** SHA-256 of the root certificate, hex: whose certificates the hosts hold. */
  readonly authority: string;
  readonly hosts: Readonly<Record<string, InventoryHost>>;
  /** Until when the file's rules with `for` hold, ISO 8601, by their place in it: `access[2]`. */
  readonly until: Readonly<Record<string, string>>;
  /** Text of the file in force. */
  readonly file: string;
}

/** How `until` names a rule. */
export const placeOfRule = (index: number) => `access[${index}]`;
