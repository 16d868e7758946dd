// One look-up of a name: the hosts file first, then DNS for addresses of both families.
import { promises as dns, type RecordWithTtl } from "node:dns";
import { readFileSync } from "node:fs";
import { canonicalAddress, type Family } from "../../net/address.ts";
import { addressesIn } from "./hosts-file.ts";

/** What came back of one family. */
export type FamilyAnswer =
  | { readonly kind: "addresses"; readonly addresses: readonly string[]; readonly ttlSeconds: number }
  /** The name has none, or is not there at all. */
  | { readonly kind: "none" }
  /** Nobody can say; `code` is the resolver's. */
  | { readonly kind: "failed"; readonly code: string };

export interface Answer {
  readonly ipv4: FamilyAnswer;
  readonly ipv6: FamilyAnswer;
}

/** Never rejects. `servers` are asked in place of the host's files and servers. Ends early when the signal aborts. */
export type LookUp = (name: string, servers: readonly string[] | undefined, signal: AbortSignal) => Promise<Answer>;

/** Of one try; there are two, the second twice as long. */
const timeoutMs = 1_500;
const tries = 2;
/** The hosts file tells no time to live: it is read again after this. */
const fileTtlSeconds = 10;

export const lookUp: LookUp = async (name, servers, signal) => {
  const local = servers === undefined ? fromHostsFile(name) : [];
  if (local.length > 0) return { ipv4: ofFamily(local, 4), ipv6: ofFamily(local, 6) };
  // A new one each time: it reads resolv.conf, which may have changed, and remembers no server that failed.
  const resolver = new dns.Resolver({ timeout: timeoutMs, tries });
  if (servers !== undefined) resolver.setServers(servers);
  const giveUp = () => resolver.cancel();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const [ipv4, ipv6] = await Promise.all([
      familyOf(resolver.resolve4(name, { ttl: true })),
      familyOf(resolver.resolve6(name, { ttl: true })),
    ]);
    return { ipv4, ipv6 };
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
};

function fromHostsFile(name: string): string[] {
  if (name === "localhost" || name.endsWith(".localhost")) return ["127.0.0.1", "::1"]; // RFC 6761 section 6.3
  try {
    return addressesIn(readFileSync("/etc/hosts", "utf8"), name);
  } catch {
    return []; // a host may be without
  }
}

function ofFamily(addresses: readonly string[], family: Family): FamilyAnswer {
  const own = addresses.filter((address) => address.includes(":") === (family === 6));
  return own.length === 0 ? { kind: "none" } : { kind: "addresses", addresses: own, ttlSeconds: fileTtlSeconds };
}

async function familyOf(answer: Promise<RecordWithTtl[]>): Promise<FamilyAnswer> {
  try {
    const records = await answer;
    const addresses = records.flatMap(({ address }) => canonicalAddress(address) ?? []);
    if (addresses.length === 0) return { kind: "none" };
    return { kind: "addresses", addresses, ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)) };
  } catch (error) {
    const { code = "UNKNOWN" } = error as NodeJS.ErrnoException;
    return code === "ENODATA" || code === "ENOTFOUND" ? { kind: "none" } : { kind: "failed", code };
  }
}
