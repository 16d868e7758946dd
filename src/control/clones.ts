// A copied disk: two machines with one identity. Each program of a host names itself by a number that it makes when it starts;
// while one of them has a stream, another is refused. It is told for certain only once the first has spoken after it asked:
// until then the first may be what is left of a machine that lost its power.
import type { Clock } from "../lib/clock.ts";
import { AppError } from "../wire/errors.ts";
import type { StreamPart } from "../wire/stream.ts";

/** A program of a host, as it says it is; older ones say nothing. */
export interface Visitor {
  readonly host: string;
  readonly part: StreamPart;
  readonly instance: string | undefined;
  readonly address: string;
}

/** Two machines that say they are the same host: where the one is that is connected, and the one that was refused. */
export interface Clone {
  readonly connected: string;
  readonly refused: string;
  readonly atMs: number;
}

export interface Clones {
  /** Throws `identityInUse` unless the visitor is the one that has the host's stream, or nobody has it. */
  readonly demandOwn: (visitor: Visitor) => void;
  /** The same for one that would take the host out: throws, too, while it is told that there are two such machines. */
  readonly demandAlone: (visitor: Visitor) => void;
  /** The visitor has the host's stream from now on; the answer ends that. */
  readonly holds: (visitor: Visitor) => () => void;
  /** The visitor said something. */
  readonly heard: (visitor: Visitor) => void;
  /** The host's name or identity is another one from now on. */
  readonly forget: (host: string) => void;
  /** Those of the last minutes, by host. */
  readonly all: () => ReadonlyMap<string, Clone>;
}

interface Holder {
  readonly visitor: Visitor;
  streams: number;
  heardAtMs: number;
}

const rememberMs = 10 * 60_000;
/** Of the machines that ask for one host's place so many are told apart: more are no copies, but one that lies. */
const mostAsking = 16;

export function createClones(clock: Pick<Clock, "now">, probe: (host: string, part: StreamPart) => void): Clones {
  const holders = new Map<string, Holder>();
  /** When each instance asked first, by what it asked for. */
  const askedAtMs = new Map<string, Map<string, number>>();
  const clones = new Map<string, Clone>();
  const keyOf = ({ host, part }: Visitor) => `${part} ${host}`;
  const isOther = ({ visitor }: Holder, { instance }: Visitor) =>
    instance !== undefined && visitor.instance !== undefined && visitor.instance !== instance;

  function refuse(holder: Holder, visitor: Visitor): never {
    const { host, part, instance, address } = visitor;
    const firstMs = firstAsked(keyOf(visitor), instance!);
    probe(host, part); // what is left of a machine that is gone is found out by this
    const certain = holder.heardAtMs > firstMs;
    if (certain) clones.set(host, { connected: holder.visitor.address, refused: address, atMs: clock.now() });
    throw new AppError("identityInUse", `another machine is connected as ${host}, from ${holder.visitor.address}`, {
      hint: "is this disk a copy of that one's? Then `portway leave` here, and join under a name of its own",
      details: { certain },
    });
  }

  function firstAsked(key: string, instance: string): number {
    const asked = askedAtMs.get(key) ?? new Map<string, number>();
    const firstMs = asked.get(instance) ?? clock.now();
    askedAtMs.set(key, asked.set(instance, firstMs));
    for (const [one, atMs] of asked)
      if (one !== instance && (asked.size > mostAsking || clock.now() - atMs > rememberMs)) asked.delete(one);
    return firstMs;
  }

  function demandOwn(visitor: Visitor): void {
    const holder = holders.get(keyOf(visitor));
    if (holder && isOther(holder, visitor)) refuse(holder, visitor);
  }

  function all(): ReadonlyMap<string, Clone> {
    for (const [host, { atMs }] of clones) if (clock.now() - atMs > rememberMs) clones.delete(host);
    return clones;
  }

  return {
    demandOwn,
    demandAlone(visitor) {
      const { host } = visitor;
      if (!all().has(host)) return demandOwn(visitor);
      throw new AppError("identityInUse", `another machine was seen as ${host} within the last minutes`, {
        hint: `it stays a member; if no machine is to be it: portway hosts remove ${host}`,
        details: { certain: true },
      });
    },
    holds(visitor) {
      const key = keyOf(visitor);
      const before = holders.get(key);
      const holder = before && !isOther(before, visitor) ? before : { visitor, streams: 0, heardAtMs: clock.now() };
      holder.streams++;
      holders.set(key, holder);
      if (visitor.instance !== undefined) askedAtMs.get(key)?.delete(visitor.instance);
      return () => {
        holder.streams--;
        if (holder.streams > 0 || holders.get(key) !== holder) return;
        holders.delete(key);
        askedAtMs.delete(key);
      };
    },
    heard(visitor) {
      const holder = holders.get(keyOf(visitor));
      if (holder && !isOther(holder, visitor)) holder.heardAtMs = clock.now();
    },
    forget: (host) => void clones.delete(host),
    all,
  };
}
