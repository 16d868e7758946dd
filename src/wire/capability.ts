// One number says what a program of Portway understands; both sides of a stream send theirs.

/** What each number added. A new meaning gets a new number and a line; a number is never reused. */
export const capabilities: readonly { readonly number: number; readonly date: string; readonly meaning: string }[] = [
  { number: 1, date: "2026-11-21", meaning: "join, stream of objects with set digests, status, edge snapshots" },
  {
    number: 2,
    date: "2026-11-21",
    meaning: "rotation: keys by generation, resting paths, digest and planes in the status",
  },
  { number: 3, date: "2026-11-21", meaning: "what a relay forwards, by spoke instead of by pair" },
  { number: 4, date: "2026-11-21", meaning: "networks behind hosts; traces" },
  { number: 5, date: "2026-11-22", meaning: "the internet behind exit hosts" },
  { number: 6, date: "2026-11-22", meaning: "a host's own commands" },
  { number: 7, date: "2026-11-22", meaning: "traces to addresses that are no host's" },
  { number: 8, date: "2026-11-22", meaning: "a relay's bypass, while a key of the way over it is renewed" },
  {
    number: 9,
    date: "2026-11-22",
    meaning: "a bypass that two hosts find through their NATs, with relays that see it",
  },
  { number: 10, date: "2026-11-22", meaning: "what rules allow, told once for all hosts that they let in" },
];

/** From here on agents send to networks behind hosts by a relay's bypass as well. */
export const relayBypassCapability = 8;

/** From here on agents look for the bypass of a pair that no relay may carry, and tell where they see that of others. */
export const punchedBypassCapability = 9;

/** Agents before it make nothing true of what control tells today: they know no object that says what rules allow. */
export const leastAgentCapability = 10;

/** The number of this build. */
export const capability: number = capabilities[capabilities.length - 1]!.number;
