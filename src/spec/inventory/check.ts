// Whether an inventory's parts agree with each other and with the file in it.
import { parseAddress } from "../../net/address.ts";
import { type Prefix, parsePrefix, prefixContains } from "../../net/prefix.ts";
import { errorAt, type Finding, type Path } from "../issue.ts";
import type { Spec } from "../types.ts";
import { type Inventory, placeOfRule } from "./inventory.ts";
import type { WrittenInventory } from "./schema.ts";

export function checkInventory(inventory: Inventory, written: WrittenInventory, spec: Spec | undefined): Finding[] {
  return [
    ...Object.entries(written.hosts).flatMap(([name, host]) => halfMember(name, host)),
    ...twice(inventory),
    ...(spec ? [...againstFile(inventory, spec), ...untimed(inventory, spec)] : []),
  ];
}

type WrittenHost = WrittenInventory["hosts"][string];

function halfMember(name: string, { identity, joinedAt, keys, tags, removedAt, waits }: WrittenHost) {
  const path = ["hosts", name];
  const parts = Object.entries({ identity, joinedAt, keys });
  const missing = parts.filter(([, value]) => value === undefined).map(([key]) => key);
  const hint = "a host that has joined has identity, joinedAt and keys, another one has none of them";
  if (missing.length > 0 && (missing.length < parts.length || tags !== undefined || waits)) {
    return [{ ...errorAt(path, "missing", `${name} has no ${missing.join(" and no ")}`, hint), at: "key" as const }];
  }
  if (identity === undefined || removedAt === undefined || waits) return [];
  return [errorAt([...path, "removedAt"], "contradiction", `${name} has joined and was removed`, "take one out")];
}

/** What only one host can have. */
function twice({ hosts }: Inventory): Finding[] {
  const owners = new Map<string, string>();
  const claim = (name: string, value: string, path: Path, what: string): Finding[] => {
    const owner = owners.get(value);
    owners.set(value, owner ?? name);
    if (owner === undefined) return [];
    return [errorAt(path, "taken", `${owner} has this ${what} too`, "each host has its own")];
  };
  return Object.entries(hosts).flatMap(([name, { ipv4, ipv6, member }]) => {
    const path = ["hosts", name];
    return [
      ...claim(name, ipv4, [...path, "ipv4"], "address"),
      ...claim(name, ipv6, [...path, "ipv6"], "address"),
      ...(member ? claim(name, member.identity, [...path, "identity"], "identity") : []),
      ...(member?.keys ?? []).flatMap(({ publicKey }, index) =>
        claim(name, publicKey, [...path, "keys", index, "publicKey"], "key"),
      ),
    ];
  });
}

/** Times of rules that have none. */
function untimed({ until }: Inventory, { access }: Spec): Finding[] {
  const timed = access.flatMap(({ forMs }, index) => (forMs === undefined ? [] : [placeOfRule(index)]));
  const hint = "the inventory and the file in it are of one moment: export them together";
  return Object.keys(until).flatMap((place) => {
    if (timed.includes(place)) return [];
    const finding = errorAt(["until", place], "contradiction", `the file has no rule ${place} with \`for\``, hint);
    return [{ ...finding, at: "key" as const }];
  });
}

function againstFile({ hosts }: Inventory, { network, hosts: named }: Spec): Finding[] {
  const inside = (range: string, text: string, path: Path): Finding[] => {
    const address = parseAddress(text);
    if (address && prefixContains(parsePrefix(range) as Prefix, address)) return [];
    const hint = "the inventory and the file in it are of one network: export them together";
    return [errorAt(path, "addressOutside", `${text} is not in the file's range ${range}`, hint)];
  };
  return Object.entries(hosts).flatMap(([name, { ipv4, ipv6 }]) => {
    const fixed = Object.hasOwn(named, name) ? named[name]!.address : undefined;
    const path = ["hosts", name];
    const other =
      fixed === undefined || fixed === ipv4
        ? []
        : [
            errorAt(
              [...path, "ipv4"],
              "contradiction",
              `the file gives ${name} the address ${fixed}`,
              `write ${fixed}`,
            ),
          ];
    return [
      ...inside(network.ipv4, ipv4, [...path, "ipv4"]),
      ...inside(network.ipv6, ipv6, [...path, "ipv6"]),
      ...other,
    ];
  });
}
