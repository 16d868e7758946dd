// The targets of a service that are names: each address that a name leads to becomes a target. A name of which nothing is
// known (its edge was just started, its servers are away) keeps the targets that it has in nginx.

import { createHash } from "node:crypto";
import { formatEndpoint } from "../../net/endpoint.ts";
import type { LookupConfig, NamedTarget, ServiceObject, TargetObject } from "../../wire/edge-service.ts";
import type { Warning } from "../../wire/warnings.ts";
import { localWarning } from "../local-facts.ts";
import { refusal } from "./guard.ts";

export interface NamesFact {
  /** What a name leads to; undefined: nothing was found yet. */
  readonly addressesOf: (name: string, servers: LookupConfig["servers"]) => readonly string[] | undefined;
  /** Whether this host has the address now. */
  readonly isOwn: (address: string) => boolean;
}

/** `previous` is the service's text in force. */
export function withAddresses(
  text: string,
  previous: string | undefined,
  { addressesOf, isOwn }: NamesFact,
): { readonly text: string; readonly warnings: readonly Warning[] } {
  if (!text.includes('"lookup"')) return { text, warnings: [] };
  const { lookup, ...service } = JSON.parse(text) as ServiceObject;
  if (lookup === undefined) return { text, warnings: [] };
  const before = previous === undefined ? [] : (JSON.parse(previous) as ServiceObject).targets;
  const warnings: Warning[] = [];
  const whyNot = (one: NamedTarget, address: string) => refusalOf(one, address, lookup, isOwn);
  const named = lookup.names.flatMap((one) => {
    const kept = () => before.flatMap(({ name, address }) => (name.startsWith(`${one.url}#`) ? [address] : []));
    const found = addressesOf(one.name, lookup.servers) ?? kept();
    const usable = found.filter((address) => whyNot(one, address) === undefined);
    const refused = found.filter((address) => !usable.includes(address));
    const what = refused.length > 0 ? whyNot(one, refused[0]!) : undefined;
    if (what !== undefined) warnings.push(refusedWarning(service.name, one.name, refused[0]!, what));
    const addresses = usable.length > 0 ? usable : kept().filter((one_) => whyNot(one, one_) === undefined);
    return addresses.map((address) => targetAt(one, address));
  });
  const targets = [...service.targets, ...named].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { text: JSON.stringify({ ...service, targets }), warnings };
}

/** `https://api.example.net:443#192.0.2.1` */
function targetAt({ url, name, port, weight, token }: NamedTarget, address: string): TargetObject {
  const isUsual = port === (url.startsWith("https:") ? 443 : 80);
  return {
    name: `${url}#${address}`,
    address,
    port,
    ...(weight !== undefined && { weight }),
    ...(token !== undefined && { token: tokenAt(token, address) }),
    host: isUsual ? name : formatEndpoint({ host: name, port }),
  };
}

/** As long as the one that control made of its key, which whoever lacks that cannot tell this one from. */
function tokenAt(token: string, address: string): string {
  return createHash("sha256").update(`${token} ${address}`).digest("base64url").slice(0, token.length);
}

const localName = /^(?:.*\.)?localhost$/;
const loopback = ["127.0.0.0/8", "::1/128"];

/** `localhost` is no name that somebody else answers for (RFC 6761 section 6.3). */
function refusalOf(
  { name }: NamedTarget,
  address: string,
  { network, allow }: LookupConfig,
  isOwn: NamesFact["isOwn"],
): string | undefined {
  return refusal(address, { network, allow: localName.test(name) ? [...allow, ...loopback] : allow }, isOwn);
}

function refusedWarning(service: string, name: string, address: string, what: string): Warning {
  const text = `The name ${name} leads to ${address}, which is ${what}: the service ${service} does not use it.`;
  const hint =
    "If it is meant, add the address to the service: resolve: { allow: [...] }; hosts of the network go to targets.";
  return localWarning("nameRefused", service, text, hint);
}
