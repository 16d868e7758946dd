// What the firewall's table counted of the packets that other hosts sent and were sent, as nft prints it (libnftables-json(5)).
import type { Exec } from "../../lib/exec.ts";
import type { Family } from "../../net/address.ts";
import { firewallTable, type Way } from "../overlay/firewall.ts";
import type { Counted, Traffic } from "../overlay/model.ts";

interface PrintedSet {
  readonly set?: {
    readonly name: string;
    readonly elem?: readonly { readonly elem?: { readonly val: unknown; readonly counter?: Counted } }[];
  };
}

/** Of a printed table, or of its sets alone. */
export function trafficIn(printed: unknown): Traffic {
  const { nftables = [] } = printed as { readonly nftables?: readonly PrintedSet[] };
  const countedIn = (way: Way) =>
    nftables.flatMap(({ set }) => (set?.name === `${way}4` || set?.name === `${way}6` ? (set.elem ?? []) : []));
  const byAddress = (way: Way) =>
    new Map(
      countedIn(way).flatMap(({ elem }): [string, Counted][] =>
        typeof elem?.val === "string" && elem.counter ? [[elem.val, elem.counter]] : [],
      ),
    );
  return { received: byAddress("received"), sent: byAddress("sent") };
}

/** What was sent until now, without a look at the rest of the table; undefined where there is none. */
export async function readSent(exec: Exec): Promise<Traffic["sent"] | undefined> {
  const list = (family: Family) => exec("nft", ["-j", "list", "set", ...firewallTable.split(" "), `sent${family}`]);
  const ran = await Promise.all([list(4), list(6)]); // one process finds the last of several sets alone (nft 1.0.6)
  if (ran.some(({ code }) => code !== 0)) return undefined;
  return new Map(ran.flatMap(({ stdout }) => [...trafficIn(JSON.parse(stdout)).sent]));
}
