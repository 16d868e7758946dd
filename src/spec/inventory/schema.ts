// The inventory's language.
import { z } from "zod";
import { parseAddress } from "../../net/address.ts";
import { choice, flag, integer, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { byName, checkHostName, name } from "../names.ts";
import { keyPlanes } from "./inventory.ts";

function matching(description: string, hint: string, pattern: RegExp, what: string) {
  return parsed({ description, hint, pattern }, (text) =>
    pattern.test(text) ? text : new Fault("invalidValue", `${quote(text)} is not ${what}`, hint),
  );
}

function address(family: 4 | 6, description: string, example: string) {
  const hint = `write an IPv${family} address such as ${example}`;
  return parsed({ description, hint }, (text) => {
    if (parseAddress(text)?.family === family) return text;
    return new Fault("invalidAddress", `${quote(text)} is not an IPv${family} address`, hint);
  });
}

const moment = (description: string) =>
  parsed({ description, hint: "write a time such as 2026-11-21T12:00:00.000Z" }, (text) => {
    const ms = Date.parse(text);
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(ms)) return new Date(ms).toISOString();
    return new Fault("invalidValue", `${quote(text)} is not a time`, "write one such as 2026-11-21T12:00:00.000Z");
  });

const fingerprint = (description: string) =>
  matching(description, "take it from an exported inventory: 64 hexadecimal digits", /^[0-9a-f]{64}$/, "a fingerprint");

const keySchema = mapping(
  {
    plane: choice(keyPlanes, "The plane that the key is for."),
    generation: integer(0, 2 ** 31, "How often the key was renewed."),
    publicKey: matching(
      "A WireGuard public key.",
      "take it from an exported inventory: 43 characters and =",
      /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
      "a WireGuard public key",
    ),
    since: moment("When the key came into use by a rotation.").exactOptional(),
  },
  "A public key of the host.",
  "write { plane: pw0, generation: 1, publicKey: … }",
);

const hostSchema = mapping(
  {
    ipv4: address(4, "The host's address.", "10.77.0.9"),
    ipv6: address(6, "The host's IPv6 address.", "fd12:3456:789a::9"),
    removedAt: moment("When the host was removed; its addresses rest.").optional(),
    waits: flag("Whether an administrator has to approve the host yet.").optional(),
    identity: fingerprint("SHA-256 of the key that the host is known by.").optional(),
    tags: list(
      name("A tag."),
      { description: "Tags of the token that it joined with.", hint: "write a list: [api]" },
      { max: 64 },
    ).optional(),
    joinedAt: moment("When the host joined.").optional(),
    ephemeral: flag("Whether the host goes for good when it goes.").optional(),
    credentialUntil: moment("When the host's certificate ends.").optional(),
    keys: list(keySchema, { description: "The host's public keys.", hint: "write a list of keys" }).optional(),
  },
  "A host that has joined, or whose addresses are kept.",
);

/** The whole text, before its parts are compared with each other. */
export const inventorySchema = mapping(
  {
    inventory: z.literal(1, {
      error: "write inventory: 1; is this an inventory? `portway inventory export` writes one",
    }),
    authority: fingerprint("SHA-256 of the root certificate that the hosts trust."),
    hosts: byName(hostSchema, "Hosts by name.", checkHostName),
    until: z
      .record(z.string(), moment("When the rule's time is over."), { error: "write `access[0]: …`, one for each" })
      .meta({ description: "Until when the file's rules with `for` hold, by their place in it." })
      .optional(),
    file: z.string({ error: "write the whole file as a block: file: |" }).meta({ description: "The file in force." }),
  },
  "An inventory.",
  "`portway inventory export` writes one",
);

export type WrittenInventory = z.output<typeof inventorySchema>;
