// The networks that this machine has of its own: what its main table leads to, but for the default route.
import type { Exec } from "../../lib/exec.ts";
import type { Family } from "../../net/address.ts";
import { parsePrefix, prefixesOverlap } from "../../net/prefix.ts";
import { mostOwnNetworks, type OwnNetwork } from "../../wire/networks.ts";
import type { OwnRoute } from "../subnets/onward-links.ts";
import { parseOwnRoutes } from "./ip-json.ts";

const timeoutMs = 5_000;
/** Every host has these. */
const everywhere = ["127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10", "ff00::/8"].map(
  (text) => parsePrefix(text)!,
);

/** Routes of the machine's own, of both families. Rejects where they cannot be read. */
export async function readOwnRoutes(exec: Exec): Promise<readonly OwnRoute[]> {
  const of = async (family: Family) => {
    const words = ["-json", `-${family}`, "route", "show", "table", "main"];
    const ran = await exec("ip", words, { timeoutMs });
    if (ran.code !== 0) throw new Error(`ip ${words.join(" ")}: ${ran.stderr.trim()}`);
    return parseOwnRoutes(ran.stdout, family);
  };
  return (await Promise.all([of(4), of(6)])).flat();
}

/** Each once, in order; Portway's interfaces have none. Pure. */
export function ownNetworks(routes: readonly OwnRoute[]): readonly OwnNetwork[] {
  const known = routes.filter(({ destination, link }) => {
    const prefix = parsePrefix(destination);
    const isTold = prefix !== undefined && prefix.length > 0 && !everywhere.some((one) => prefixesOverlap(one, prefix));
    return isTold && link !== "lo" && !link.startsWith("pw");
  });
  const networks = new Map(
    known.map(({ destination, link }) => [`${destination} ${link}`, { prefix: destination, link }]),
  );
  return [...networks.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, network]) => network)
    .slice(0, mostOwnNetworks);
}
