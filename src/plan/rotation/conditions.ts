// What each phase of a step waits for: the words of everybody that it concerns. Pure.
import { uses } from "../paths.ts";
import { bypassPort } from "../ports.ts";
import { sharedRelays } from "../topology.ts";
import type { Phase, RotationRun, RotationStep } from "./run.ts";
import { dependentPlanes, type End, endsOf, isGone, type PeerWord, participants, type RotationView } from "./view.ts";

/** What is not there yet, and between whom. */
export interface Missing {
  readonly text: string;
  readonly pair?: readonly [string, string];
}

interface Outcome {
  /** Undefined: the phase is over. */
  readonly missing?: Missing | undefined;
  /** What the step remembers of it. */
  readonly gathered?: Partial<RotationStep>;
}

type Condition = (step: RotationStep, view: RotationView, run: Pick<RotationRun, "number">) => Outcome;

export const conditions: Readonly<Record<Phase, Condition>> = {
  prepare(step, view, { number }) {
    const { host, plane, to, asked = [] } = step;
    const keyOf = (name: string, of: string, generation: number) =>
      view.word(name)?.keys.find((key) => key.plane === of && key.generation === generation)?.publicKey;
    const parts = present(asked, view);
    const lacking = parts.find((name) => keyOf(name, "pwx", number) === undefined);
    const publicKey = keyOf(host, plane, to.generation);
    const bypass = Object.fromEntries(parts.map((name) => [name, keyOf(name, "pwx", number) ?? ""]));
    const missing =
      notCurrent([host, ...parts], view) ??
      notUnique(publicKey, host, plane, view) ??
      (publicKey === undefined ? { text: `${host} made no key` } : undefined) ??
      (lacking === undefined ? undefined : { text: `${lacking} made no key for the bypass` });
    return missing ? { missing } : { gathered: { to: { ...to, publicKey: publicKey! }, bypass } };
  },

  bypass(step, view) {
    const isEarly = step.plane === "pw0" && view.nowMs - Math.max(step.sinceMs, view.sinceMs) < bypassFirstMs;
    const missing =
      notCurrent(concerned(step, view), view) ??
      firstOf(step, view, (end, word) => {
        if (isEarly && lacksBypass(end, word)) return `${end.from} got no answer from ${end.to} by the bypass yet`;
        if (hasOther(end, word, step) || isDark(end, word)) return undefined;
        return `${end.from} got no answer from ${end.to} by another path than ${step.plane}${bypassText(end, view)}`;
      });
    return { missing, gathered: { proofs: provenBy(step, view) } };
  },

  rest: (step, view) => ({
    missing:
      notCurrent(concerned(step, view), view) ??
      firstOf(step, view, (end, word) => {
        const isOff = word.plane !== undefined && !dependentPlanes(end, step).has(word.plane);
        return isOff || isDark(end, word)
          ? undefined
          : `${end.from} did not move its route to ${end.to} off ${step.plane}`;
      }),
  }),

  tell: (step, view) => ({ missing: notCurrent(concerned(step, view), view) }),
  swap: (step, view) => ({ missing: notCurrent(concerned(step, view), view) }),

  prove: (step, view) => ({
    missing:
      notCurrent(concerned(step, view), view) ??
      firstOf(step, view, (end, word) => {
        const isAsked = step.proofs.some(([from, to]) => from === end.from && to === end.to);
        const isProven = end.ways.some((way) => uses(way, step) && word.proven.includes(way.path.plane));
        return !isAsked || isProven ? undefined : `${end.from} got no answer from ${end.to} with the new key`;
      }),
  }),

  return(step, view) {
    if (Object.keys(step.bypass).length === 0) return {};
    const missing =
      notCurrent(concerned(step, view), view) ??
      firstOf(step, view, (end, word) =>
        word.plane === undefined || word.plane === "pwx"
          ? `${end.from} still sends to ${end.to} by the bypass`
          : undefined,
      );
    return { missing };
  },

  linger: () => ({}),
  close: () => ({}),
};

/** Two peers with one key would take each other's AllowedIPs. */
function notUnique(
  publicKey: string | undefined,
  host: string,
  plane: string,
  view: RotationView,
): Missing | undefined {
  const owner = view.topology.members.find(
    ({ keys }) => publicKey !== undefined && Object.values(keys).includes(publicKey),
  );
  return owner && { text: `${owner.name} has the key that ${host} brings for ${plane}` };
}

/** Those of whom something can be expected. */
const present = (names: readonly string[], view: RotationView) => names.filter((name) => !isGone(name, names, view));

const concerned = (step: RotationStep, view: RotationView) => present([...participants(step, view)], view);

function notCurrent(names: readonly string[], view: RotationView): Missing | undefined {
  const name = names.find((one) => view.word(one)?.isCurrent !== true);
  return name === undefined ? undefined : { text: `${name}'s agent did not confirm` };
}

function liveEnds(step: RotationStep, view: RotationView): readonly End[] {
  const alive = new Set(concerned(step, view));
  return endsOf(step, view).filter(({ from, to }) => alive.has(from) && alive.has(to));
}

/** What the sender says of each end, until one lacks something. */
function firstOf(
  step: RotationStep,
  view: RotationView,
  lack: (end: End, word: PeerWord) => string | undefined,
): Missing | undefined {
  for (const end of liveEnds(step, view)) {
    const word = view.word(end.from)?.peers.get(end.to);
    const text = word === undefined ? `${end.from} says nothing of ${end.to}` : lack(end, word);
    if (text !== undefined) return { text, pair: [end.from, end.to] };
  }
  return undefined;
}

/**
 * A direct path's bypass is direct like it: it gets this long before another path will do. One over a relay is there for those who
 * have no other path, and nobody else waits for it.
 */
const bypassFirstMs = 10_000;

const lacksBypass = ({ ways }: End, { proven }: PeerWord) =>
  ways.some((way) => way.path.plane === "pwx") && !proven.includes("pwx");

/** Where a bypass that does not answer should have been reached, or seen. */
function bypassText({ ways }: End, { topology }: RotationView): string {
  const way = ways.find(({ path }) => path.plane === "pwx");
  if (way === undefined) return "";
  const [first, last] = [way.tunnels[0]!.member, way.tunnels.at(-1)!.member];
  const known = way.path.via ?? way.tunnels.find(({ member }) => member.endpoint)?.member.name;
  const at =
    known ??
    sharedRelays(first, last, topology)
      .map(({ name }) => name)
      .join(" and ");
  const how = known === undefined ? "is seen by" : "goes to";
  return ` (the bypass ${how} UDP port ${bypassPort} of ${at}: a firewall before it or another firewall of ${at} may drop it)`;
}

/** No packet gets through by any path now, and none did lately: there is nothing to lose. */
const isDark = ({ ways }: End, { proven, isHeard }: PeerWord) => {
  const carriers = ways.filter(({ path }) => path.probesOnly !== true).map(({ path }) => path.plane);
  return !isHeard && !proven.some((plane) => carriers.some((carrier) => carrier === plane));
};

const hasOther = (end: End, { proven }: PeerWord, step: RotationStep) => {
  const others = end.ways.filter((way) => !uses(way, step) && way.path.probesOnly !== true);
  return others.some((way) => proven.includes(way.path.plane));
};

/** The directions that are proven by the plane now. */
function provenBy(step: RotationStep, view: RotationView): readonly (readonly [string, string])[] {
  return liveEnds(step, view)
    .filter((end) => {
      const proven = view.word(end.from)?.peers.get(end.to)?.proven ?? [];
      return end.ways.some((way) => uses(way, step) && proven.includes(way.path.plane));
    })
    .map(({ from, to }) => [from, to] as const);
}
