// Proves with a packet what `can` answers from compiled state: asks the hosts on its way to watch, one to send, all to tell.
import { randomInt } from "node:crypto";
import { z } from "zod";
import { canonicalAddress, parseAddress } from "../net/address.ts";
import { hasReached, leaderOf, tracedSteps } from "../plan/traced.ts";
import { unknownHost } from "../plan/unknown-host.ts";
import type { Opening } from "../spec/access-answer.ts";
import { AppError } from "../wire/errors.ts";
import type { TraceAnswer, TraceCounts, TraceFlow, TraceQuestion, TraceSent } from "../wire/trace.ts";
import { canReachAny } from "./can.ts";
import type { Control } from "./control.ts";

const count = z.number().int().min(0);
const counts = z.object({
  ...{ made: count, left: count, arrived: count, letIn: count, taken: count },
  ...{ answersMade: count, answersLeft: count, answersArrived: count },
}) satisfies z.ZodType<TraceCounts>;

const sentShape = z.object({
  outcome: z.enum(["open", "refused", "silent", "unreachable"]),
  past: z.string().max(16).exactOptional(),
  through: z.string().max(63).exactOptional(),
  path: z
    .object({ kind: z.enum(["direct", "relay"]), plane: z.string().max(16), via: z.string().max(63).exactOptional() })
    .exactOptional(),
}) satisfies z.ZodType<TraceSent>;

type Names = { readonly from: string; readonly to: string };

/** Sends packets from a host to another, or to an address: an open port sees a connection that is reset at once. */
export async function trace(
  control: Pick<Control, "facts" | "specInForce" | "statuses" | "clock" | "questions">,
  names: Names,
  opening: Opening,
): Promise<TraceAnswer> {
  const { from } = names;
  const { answer, relays, leaders } = canReachAny(control, names, opening);
  const { to, allowed } = answer;
  const isHost = parseAddress(to) === undefined;
  if (from === to) throw new AppError("invalidRequest", "a host reaches itself without the network");
  if (!isHost && leaders === undefined)
    throw new AppError("invalidRequest", `${from} reaches ${to} by itself, without the network`);
  // High above what kernels take by themselves for connections of their own.
  const flow: TraceFlow = { ...endsOf(control, from, names.to), ...opening, mark: randomInt(61_100, 65_500) };
  const [needed, others] = isHost ? [[from, to], relays] : [[from], [...new Set([...leaders!, ...relays])]];
  const ask = async (host: string, step: TraceQuestion["step"]): Promise<unknown> => {
    const answered = await control.questions.ask(host, "mesh", { kind: "trace", step, flow });
    if ("reason" in answered) throw new AppError("unreachable", `${host} cannot trace: ${answered.reason}`);
    return answered.value;
  };
  const asked: string[] = [];
  const watch = (host: string) => ask(host, "watch").then(() => void asked.push(host));
  const end = () => Promise.allSettled(asked.map(async (host) => [host, await ask(host, "tell")] as const));
  const watches = await Promise.allSettled([...needed, ...others].map(watch));
  // Another host that is away, or busy with another trace, is done without. No end is told before all have answered: one that
  // began to watch after it would be busy with nothing.
  const refused = watches.slice(0, needed.length).find((one) => one.status === "rejected");
  if (refused) {
    await end();
    throw refused.reason;
  }
  const sending = await ask(from, "send").then(
    (value) => ({ value }),
    (error: Error) => ({ error }),
  );
  const told = (await end()).flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if ("error" in sending) throw sending.error;
  const sent = read(sentShape, sending.value, from);
  const seen = new Map(told.map(([host, value]) => [host, read(counts, value, host)]));
  for (const host of needed)
    if (!seen.has(host)) throw new AppError("unreachable", `${host} does not tell what it saw`);
  const seenBy = { from, ...opening, sent, allowed, counts: seen };
  const leader = isHost ? undefined : leaderOf(leaders!, seenBy);
  const traced = isHost ? { ...seenBy, to } : { ...seenBy, to: leader ?? to, beyond: to };
  return { from, to, ...opening, reached: hasReached(traced), allowed, steps: tracedSteps(traced) };
}

/** The sender's address is of the family that the other end has. */
function endsOf({ facts }: Pick<Control, "facts">, from: string, to: string): Pick<TraceFlow, "from" | "to"> {
  const { hosts } = facts();
  const hostOf = (name: string) => {
    const host = hosts.get(name);
    if (host) return host;
    throw unknownHost(name, hosts.keys(), `no host ${name} has joined`);
  };
  const address = canonicalAddress(to) ?? hostOf(to).ipv4;
  const { ipv4, ipv6 } = hostOf(from);
  return { from: address.includes(":") ? ipv6 : ipv4, to: address };
}

function read<T>(shape: z.ZodType<T>, value: unknown, host: string): T {
  const { success, data } = shape.safeParse(value);
  if (success) return data;
  throw new AppError("unreachable", `what ${host} answers cannot be read`);
}
