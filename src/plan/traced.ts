// What a trace has shown, place by place: from what each host counted to the one that let nothing on. Pure.
import { type Opening, openingText } from "../spec/access-answer.ts";
import type { TraceCounts, TraceSent, TraceStep } from "../wire/trace.ts";
import { upToEnd } from "./way.ts";

/** What was seen of one probe. */
export interface Traced extends Opening {
  readonly from: string;
  /** The host that takes it in, or the one that leads to the address. */
  readonly to: string;
  /** The address, where it is no host's. */
  readonly beyond?: string;
  readonly sent: TraceSent;
  /** What the rules say. */
  readonly allowed: boolean;
  /** By host; a relay, or a host that leads to the address, that could not be asked is absent. */
  readonly counts: ReadonlyMap<string, TraceCounts>;
}

/** Each place, up to the first that let nothing on. */
export const tracedSteps = (traced: Traced): readonly TraceStep[] => upToEnd(stepsOf(traced));

/** Of hosts that may lead to the address, the one that took the probe, or else the one that the sender takes it to. */
export function leaderOf(
  leaders: readonly string[],
  { sent, counts }: Pick<Traced, "sent" | "counts">,
): string | undefined {
  const took = leaders.filter((name) => hasTaken(counts.get(name)));
  const { through } = sent;
  if (through !== undefined && (took.length === 0 || took.includes(through))) return through;
  return took[0] ?? leaders[0];
}

/** A router may be a relay, and pass it on to another one. */
const hasTaken = (one: TraceCounts | undefined) => one !== undefined && one.arrived > 0 && one.left === 0;

/** Whether the probe came to the other end and was let in. */
export function hasReached({ to, counts, sent }: Pick<Traced, "to" | "counts" | "sent">): boolean {
  return counts.has(to) ? counts.get(to)!.taken > 0 : isAnswered(sent);
}

const isAnswered = ({ outcome }: TraceSent) => outcome === "open" || outcome === "refused";

const packets = (count: number) => (count === 1 ? "1 packet" : `${count} packets`);

function* stepsOf(traced: Traced): Generator<TraceStep> {
  const { from, to, sent, counts } = traced;
  yield routeStep(traced, counts.get(from)!);
  const via = sent.path?.via;
  // Packets may have moved to another relay meanwhile: whichever saw them is on the way.
  const relays = [...counts].filter(([name, { arrived }]) => name !== from && name !== to && arrived > 0);
  if (via !== undefined && relays.length === 0) {
    const ok = (counts.get(to)?.arrived ?? 0) > 0 || isAnswered(sent); // the relay could not be asked
    yield {
      host: via,
      layer: "tunnel",
      ok,
      text: ok ? "passed it on, as it seems" : `nothing came to it from ${from}`,
    };
  }
  for (const [host, { arrived, left }] of relays) yield relayStep(host, arrived, left);
  const end = counts.get(to);
  if (end !== undefined) yield* endSteps(traced, end);
  else yield unaskedStep(traced);
  yield answerStep(traced);
}

/** The host that leads to an address is away from control, or busy with another trace. */
function unaskedStep({ to, beyond, sent }: Traced): TraceStep {
  const ok = isAnswered(sent);
  const text = to === beyond ? "no host is known that leads there" : "cannot be asked what came to it";
  return { host: to, layer: "tunnel", ok, text: ok ? `passed it on, as the answer shows: it ${text}` : text };
}

function routeStep({ from, to, beyond, sent }: Traced, { made, left }: TraceCounts): TraceStep {
  const base = { host: from, layer: "route" } as const;
  if (sent.past !== undefined) {
    const text = `goes to ${beyond ?? to} by ${sent.past}, past the network, so no host leads there for it: nothing was sent`;
    return { ...base, ok: false, text };
  }
  if (made === 0) {
    const why = beyond === undefined ? "no rule joins the two there" : "no host leads there for it";
    return { ...base, ok: false, text: `has no way to ${beyond ?? to}: its kernel has no route, so ${why}` };
  }
  if (left === 0) {
    const text = `sent ${packets(made)}, and none left by a plane: another firewall of ${from} drops them, or they go elsewhere`;
    return { ...base, layer: "firewall", ok: false, text };
  }
  const way = sent.path ? ` by ${sent.path.plane} (${sent.path.via ? `relay ${sent.path.via}` : sent.path.kind})` : "";
  const through = beyond === undefined ? "" : ` towards ${to}`;
  return { ...base, ok: true, text: `sent ${packets(left)}${through}${way}` };
}

function relayStep(host: string, arrived: number, left: number): TraceStep {
  const ok = left > 0;
  const text = ok
    ? `passed on ${packets(left)}`
    : `${packets(arrived)} came, and none was passed on: a firewall or a missing route of ${host}`;
  return { host, layer: "relay", ok, text };
}

function* endSteps(traced: Traced, { arrived, letIn, taken }: TraceCounts): Generator<TraceStep> {
  const { from, to, beyond, allowed, sent } = traced;
  const what = `${openingText(traced)} from ${from}${beyond === undefined ? "" : ` to ${beyond}`}`;
  const lets = beyond === undefined ? "lets in" : "passes on";
  const letIt = beyond === undefined ? "let it in" : "let it through";
  yield arrived > 0
    ? { host: to, layer: "tunnel", ok: true, text: `${packets(arrived)} came out of the tunnel` }
    : { host: to, layer: "tunnel", ok: false, text: "nothing came out of a tunnel: packets are lost on the way to it" };
  const dropped = { host: to, layer: "firewall", ok: false } as const;
  if (letIn === 0) {
    const text = allowed
      ? `drops ${what}, though rules ${letIt}: ${beyond === undefined ? "" : "it has no way there, "}another firewall, or ${to} has not taken up the last change yet`
      : `Portway's firewall drops ${what}: no rule lets it ${beyond === undefined ? "in" : "through"}`;
    yield { ...dropped, text };
  }
  if (taken === 0) yield { ...dropped, text: `Portway ${lets} ${what}, and another firewall of ${to} drops it` };
  yield { host: to, layer: "firewall", ok: true, text: `${lets} ${what}` };
  yield serviceStep(traced, sent);
}

/** That nothing listens is no fault of the network. */
function serviceStep({ to, beyond, protocol, port }: Traced, { outcome }: TraceSent): TraceStep {
  const base = { host: beyond ?? to, layer: "service", ok: true } as const;
  if (outcome === "unreachable") return { ...base, ok: false, text: "cannot be reached: an answer on the way says so" };
  if (outcome === "refused") return { ...base, text: `nothing listens on ${protocol}/${port}` };
  if (outcome === "open") return { ...base, text: protocol === "tcp" ? `accepts on ${protocol}/${port}` : "answered" };
  return {
    ...base,
    text: protocol === "udp" ? "did not answer, as many services to an empty datagram" : "did not answer",
  };
}

function answerStep({ from, to, beyond, protocol, sent, counts }: Traced): TraceStep {
  const back = counts.get(from)!.answersArrived;
  const { answersMade, answersLeft } = counts.get(to) ?? { answersMade: back, answersLeft: back };
  if (sent.outcome !== "silent" || (answersMade === 0 && protocol === "udp")) {
    return {
      host: from,
      layer: "answer",
      ok: true,
      text: sent.outcome === "silent" ? "none was expected" : "came back",
    };
  }
  if (answersMade === 0) {
    const none = { layer: "answer", ok: false } as const;
    if (beyond === undefined) return { ...none, host: to, text: "made no answer" };
    return { ...none, host: beyond, text: `no answer came to ${to}: nothing is there, or its way back is another one` };
  }
  if (answersLeft === 0) {
    const text = `made ${packets(answersMade)} of answer, and none left by a plane: another firewall, or no route back`;
    return { host: to, layer: "answer", ok: false, text };
  }
  const text = back > 0 ? `${packets(back)} of answer came, and were not taken` : "no answer came out of a tunnel";
  return { host: from, layer: "answer", ok: false, text };
}
