// What a trace has shown, place by place: from what each host counted to the one that let nothing on. Pure.
import { type Opening, openingText } from "../spec/access-answer.ts";
import type { TraceCounts, TraceSent, TraceStep } from "../wire/trace.ts";

/** What was seen of one probe. */
export interface Traced extends Opening {
  readonly from: string;
  readonly to: string;
  readonly sent: TraceSent;
  /** What the rules say. */
  readonly allowed: boolean;
  /** By host; a relay that could not be asked is absent. */
  readonly counts: ReadonlyMap<string, TraceCounts>;
}

/** Each place, up to the first that let nothing on. */
export function tracedSteps(traced: Traced): readonly TraceStep[] {
  const steps: TraceStep[] = [];
  for (const step of stepsOf(traced)) {
    steps.push(step);
    if (!step.ok) break;
  }
  return steps;
}

/** Whether the probe came to the other end and was let in. */
export function hasReached({ to, counts }: Pick<Traced, "to" | "counts">): boolean {
  return (counts.get(to)?.taken ?? 0) > 0;
}

const packets = (count: number) => (count === 1 ? "1 packet" : `${count} packets`);

function* stepsOf(traced: Traced): Generator<TraceStep> {
  const { from, to, sent, counts } = traced;
  yield routeStep(traced, counts.get(from)!);
  const via = sent.path?.via;
  // Packets may have moved to another relay meanwhile: whichever saw them is on the way.
  const relays = [...counts].filter(([name, { arrived }]) => name !== from && name !== to && arrived > 0);
  if (via !== undefined && relays.length === 0) {
    const ok = hasArrived(counts.get(to)!); // the relay could not be asked
    yield {
      host: via,
      layer: "tunnel",
      ok,
      text: ok ? "passed it on, as it seems" : `nothing came to it from ${from}`,
    };
  }
  for (const [host, { arrived, left }] of relays) yield relayStep(host, arrived, left);
  yield* endSteps(traced, counts.get(to)!);
  yield answerStep(traced);
}

const hasArrived = ({ arrived }: TraceCounts) => arrived > 0;

function routeStep({ from, to, sent }: Traced, { made, left }: TraceCounts): TraceStep {
  const base = { host: from, layer: "route" } as const;
  if (made === 0) {
    const text = `has no way to ${to}: its kernel has no route, so no rule joins the two there`;
    return { ...base, ok: false, text };
  }
  if (left === 0) {
    const text = `sent ${packets(made)}, and none left by a plane: another firewall of ${from} drops them, or they go elsewhere`;
    return { ...base, layer: "firewall", ok: false, text };
  }
  const way = sent.path ? ` by ${sent.path.plane} (${sent.path.via ? `relay ${sent.path.via}` : sent.path.kind})` : "";
  return { ...base, ok: true, text: `sent ${packets(left)}${way}` };
}

function relayStep(host: string, arrived: number, left: number): TraceStep {
  const ok = left > 0;
  const text = ok
    ? `passed on ${packets(left)}`
    : `${packets(arrived)} came, and none was passed on: a firewall or a missing route of ${host}`;
  return { host, layer: "relay", ok, text };
}

function* endSteps(traced: Traced, { arrived, letIn, taken }: TraceCounts): Generator<TraceStep> {
  const { from, to, allowed, sent } = traced;
  const what = `${openingText(traced)} from ${from}`;
  yield arrived > 0
    ? { host: to, layer: "tunnel", ok: true, text: `${packets(arrived)} came out of the tunnel` }
    : { host: to, layer: "tunnel", ok: false, text: "nothing came out of a tunnel: packets are lost on the way to it" };
  const dropped = { host: to, layer: "firewall", ok: false } as const;
  if (letIn === 0) {
    const text = allowed
      ? `drops ${what}, though rules let it in: another firewall, or ${to} has not taken up the last change yet`
      : `Portway's firewall drops ${what}: no rule lets it in`;
    yield { ...dropped, text };
  }
  if (taken === 0) yield { ...dropped, text: `Portway lets in ${what}, and another firewall of ${to} drops it` };
  yield { host: to, layer: "firewall", ok: true, text: `lets in ${what}` };
  yield serviceStep(traced, sent);
}

/** That nothing listens is no fault of the network. */
function serviceStep({ to, protocol, port }: Traced, { outcome }: TraceSent): TraceStep {
  const base = { host: to, layer: "service", ok: true } as const;
  if (outcome === "refused") return { ...base, text: `nothing listens on ${protocol}/${port}` };
  if (outcome === "open") return { ...base, text: protocol === "tcp" ? `accepts on ${protocol}/${port}` : "answered" };
  return {
    ...base,
    text: protocol === "udp" ? "did not answer, as many services to an empty datagram" : "did not answer",
  };
}

function answerStep({ from, to, protocol, sent, counts }: Traced): TraceStep {
  const [{ answersMade, answersLeft }, back] = [counts.get(to)!, counts.get(from)!.answersArrived];
  if (sent.outcome !== "silent" || (answersMade === 0 && protocol === "udp")) {
    return {
      host: from,
      layer: "answer",
      ok: true,
      text: sent.outcome === "silent" ? "none was expected" : "came back",
    };
  }
  if (answersMade === 0) return { host: to, layer: "answer", ok: false, text: "made no answer" };
  if (answersLeft === 0) {
    const text = `made ${packets(answersMade)} of answer, and none left by a plane: another firewall, or no route back`;
    return { host: to, layer: "answer", ok: false, text };
  }
  const text = back > 0 ? `${packets(back)} of answer came, and were not taken` : "no answer came out of a tunnel";
  return { host: from, layer: "answer", ok: false, text };
}
