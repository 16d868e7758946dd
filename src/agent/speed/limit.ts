// What kept a flow from being quicker, by what was seen beside it. Pure.
import { usualMtu } from "../../net/mtu.ts";
import type { Busy, Flow, Limit } from "../../wire/speed.ts";

/** A core as busy as this has nothing left for a flow that it alone can carry on. */
const fullShare = 0.9;
/** One retransmitted segment in so many, and TCP holds itself back more than it uses. */
const lossShare = 0.005;

export function limitOf(
  { retransmitShare, sender, receiver }: Pick<Flow, "retransmitShare" | "sender" | "receiver">,
  ends: { readonly sender: string; readonly receiver: string },
  mtu: number | undefined,
): { readonly limit: Limit; readonly because: string } {
  const busy = [
    [ends.sender, sender],
    [ends.receiver, receiver],
  ] as const;
  const full = busy.find(([, { all, busiest }]) => busiest >= fullShare || all >= fullShare);
  if (full !== undefined) return { limit: "cpu", because: `${full[0]} had ${coresText(full[1])}` };
  if (retransmitShare >= lossShare)
    return { limit: "loss", because: `${percent(retransmitShare)} of the segments were sent again` };
  if (mtu !== undefined && mtu < usualMtu - 100)
    return { limit: "mtu", because: `the path carries packets of ${mtu} bytes, and each costs the same work` };
  return { limit: "link", because: "neither end was busy and next to nothing was lost" };
}

const coresText = ({ all, busiest }: Busy) =>
  all >= fullShare ? `${percent(all)} of its cores busy` : `a core busy for ${percent(busiest)} of the time`;

const percent = (share: number) => `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
