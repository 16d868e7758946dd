// A pattern as a table of states: one look-up for each byte of a text, whatever the pattern and the text are. That is why
// no text can keep the gateway busy, as it can where expressions are tried and tried again.
import { Fault } from "../issue.ts";
import { type Expression, parsePattern, type Range } from "./syntax.ts";
import { byteSequences } from "./utf8.ts";

/** The table. Below 0 a state is final: nothing that follows matters. */
export interface Automaton {
  readonly start: number;
  /** A class for each of the 256 bytes. */
  readonly classes: readonly number[];
  /** How many classes there are. */
  readonly width: number;
  /** The state after state `s` and a byte of class `c`: at `s * width + c`. */
  readonly next: readonly number[];
  /** 1 for states in which a text may end. */
  readonly ends: readonly number[];
}

/** The text matches, whatever follows; or it never will. */
export const matched = -2;
const failed = -1;

const mostNodes = 10_000;
const mostCells = 40_000;
/** Nodes that are looked at while the table is made. */
const mostWork = 10_000_000;

interface Node {
  /** Reached without a byte: always, at the text's start, at its end. */
  readonly free: number[];
  readonly atStart: number[];
  readonly atEnd: number[];
  readonly bytes: { readonly range: Range; readonly to: number }[];
}

const tooComplex = () =>
  new Fault(
    "outOfRange",
    "this pattern needs too many states to be checked",
    "repeat less, and use maxLength for lengths",
  );

/** The table of a pattern that may match anywhere in a text; a Fault when it is none, or needs too large a table. */
export function automatonOf(pattern: string): Automaton | Fault {
  const expression = parsePattern(pattern);
  if (expression instanceof Fault) return expression;
  const nodes: Node[] = [];
  const accept = newNode(nodes);
  const entry = build(nodes, expression, accept);
  if (entry < 0) return tooComplex();
  // What is looked for may begin at any byte.
  nodes[newNode(nodes)]!.bytes.push({ range: [0, 255], to: nodes.length - 1 });
  nodes.at(-1)!.free.push(entry);
  return tableOf(nodes, nodes.length - 1, accept) ?? tooComplex();
}

function newNode(nodes: Node[]): number {
  nodes.push({ free: [], atStart: [], atEnd: [], bytes: [] });
  return nodes.length - 1;
}

/** Adds what leads to the node `to`, and gives the node where it begins; negative when there are too many. */
function build(nodes: Node[], expression: Expression, to: number): number {
  if (nodes.length > mostNodes || to < 0) return -1;
  if (expression.kind === "sequence") return expression.parts.reduceRight((next, part) => build(nodes, part, next), to);
  if (expression.kind === "repeat") return buildRepeat(nodes, expression, to);
  const at = newNode(nodes);
  const node = nodes[at]!;
  if (expression.kind === "start") node.atStart.push(to);
  else if (expression.kind === "end") node.atEnd.push(to);
  else if (expression.kind === "choice") {
    const entries = expression.parts.map((part) => build(nodes, part, to));
    if (entries.includes(-1)) return -1;
    node.free.push(...entries);
  } else {
    buildBytes(nodes, at, expression.ranges.flatMap(byteSequences), to);
  }
  return at;
}

/** Sequences that end alike share the nodes of their ends. */
function buildBytes(nodes: Node[], from: number, sequences: readonly (readonly Range[])[], to: number): void {
  const known = new Map<string, number>();
  for (const sequence of sequences) {
    let next = to;
    for (let i = sequence.length - 1; i > 0; i--) {
      const key = sequence.slice(i).join();
      const at = known.get(key) ?? newNode(nodes);
      if (!known.has(key)) nodes[at]!.bytes.push({ range: sequence[i]!, to: next });
      known.set(key, at);
      next = at;
    }
    nodes[from]!.bytes.push({ range: sequence[0]!, to: next });
  }
}

function buildRepeat(nodes: Node[], { part, least, most }: Expression & { kind: "repeat" }, to: number): number {
  let at = to;
  if (most === Number.POSITIVE_INFINITY) {
    at = newNode(nodes);
    const inner = build(nodes, part, at);
    if (inner < 0) return -1;
    nodes[at]!.free.push(inner, to);
  } else {
    for (let i = least; i < most && at >= 0; i++) {
      const inner = build(nodes, part, at);
      if (inner < 0) return -1;
      at = newNode(nodes);
      nodes[at]!.free.push(inner, to);
    }
  }
  for (let i = 0; i < least && at >= 0; i++) at = build(nodes, part, at);
  return at;
}

/** Classes of bytes that every node treats alike. */
function classesOf(nodes: readonly Node[]): { classes: number[]; firsts: number[] } {
  const bounds = new Set([0]);
  for (const { range } of nodes.flatMap(({ bytes }) => bytes)) bounds.add(range[0]).add(range[1] + 1);
  const firsts = [...bounds].filter((bound) => bound < 256).sort((a, b) => a - b);
  let current = -1;
  const classes = Array.from({ length: 256 }, (_, byte) => (byte === firsts[current + 1] ? ++current : current));
  return { classes, firsts };
}

/** All nodes that are reached without a byte, in order. */
function closure(nodes: readonly Node[], from: Iterable<number>, isStart: boolean, isEnd: boolean): number[] {
  const reached = new Set(from);
  for (const at of reached) {
    const { free, atStart, atEnd } = nodes[at]!;
    for (const to of free) reached.add(to);
    if (isStart) for (const to of atStart) reached.add(to);
    if (isEnd) for (const to of atEnd) reached.add(to);
  }
  return [...reached].sort((a, b) => a - b);
}

/** The subset construction; undefined when there are too many sets. */
function tableOf(nodes: readonly Node[], entry: number, accept: number): Automaton | undefined {
  const { classes, firsts } = classesOf(nodes);
  const width = firsts.length;
  const numbers = new Map<string, number>();
  const sets: (readonly number[])[] = [];
  const next: number[] = [];
  const ends: number[] = [];
  let work = 0;

  function numberOf(set: readonly number[], isStart: boolean): number {
    if (set.includes(accept)) return matched;
    if (set.length === 0) return failed;
    const key = `${isStart ? "^" : ""}${set.join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, sets.length);
    ends.push(closure(nodes, set, isStart, true).includes(accept) ? 1 : 0);
    return sets.push(set) - 1;
  }

  const start = numberOf(closure(nodes, [entry], true, false), true);
  for (let state = 0; state < sets.length; state++) {
    work += sets[state]!.length * width;
    if (sets.length * width > mostCells || work > mostWork) return undefined;
    for (const byte of firsts) {
      const to = sets[state]!.flatMap((at) =>
        nodes[at]!.bytes.filter(({ range }) => range[0] <= byte && byte <= range[1]).map((one) => one.to),
      );
      next.push(numberOf(closure(nodes, to, false, false), false));
    }
  }
  return withoutDeadEnds({ start, classes, width, next, ends });
}

/** States from which no text ever matches become the one that has failed. */
function withoutDeadEnds({ start, classes, width, next, ends }: Automaton): Automaton {
  const alive = ends.map((end, state) => end === 1 || next.slice(state * width, (state + 1) * width).includes(matched));
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const [at, to] of next.entries()) {
      const state = Math.floor(at / width);
      if (to < 0 || alive[state] || !alive[to]) continue;
      alive[state] = true;
      hasChanged = true;
    }
  }
  return { start, classes, width, next: next.map((to) => (to >= 0 && !alive[to] ? failed : to)), ends };
}
