// Pushes of snapshots whose objects name each other, or what is not there, for properties of workers.
import fc from "fast-check";
import { deltaOf, digestOf, type Objects } from "../../src/wire/objects.ts";
import type { LuaCall } from "../lua/run-lua.ts";

/** Of what snapshot-workers.lua plays. */
export const call = (name: string, ...args: readonly unknown[]): LuaCall => ({
  module: "snapshot-workers",
  name,
  args,
});

const number = (most: number) => fc.integer({ min: 1, max: most });
const some = <Value>(value: fc.Arbitrary<Value>, maxLength: number) => fc.uniqueArray(value, { maxLength });

type Keyed = readonly [key: string, object: unknown];

/** An object of each kind; what it names is there or not. */
const anyObject: fc.Arbitrary<Keyed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        name: number(9),
        hosts: some(fc.constantFrom("a.test", "b.test", "*.test"), 2),
        paths: some(fc.constantFrom("/x", "/x/y", ""), 2),
        methods: some(fc.constantFrom("GET", "POST"), 1),
        service: number(2),
        plugins: some(fc.constantFrom("plugin/hsts/1", "plugin/jwt/1", "plugin/jwt/2"), 2),
        maxBodyBytes: fc.constantFrom(1, 2, 4).map((mebibytes) => mebibytes * 1024 * 1024),
      })
      .map(
        ({ name, paths, service, ...route }): Keyed => [
          `route/${name}`,
          {
            ...route,
            name: `${name}`,
            service: `${service}`,
            paths: paths.map((path) => ({ kind: "prefix", path })),
          },
        ],
      ),
  },
  fc.tuple(number(2), number(9)).map(
    ([name, address]): Keyed => [
      `service/${name}`,
      {
        name: `${name}`,
        targets: [{ name: "t", address: `192.0.2.${address}`, port: 80 }],
        balance: "roundRobin",
        ejection: { errors: 3, cooldownMs: 1000 },
        retries: 1,
        timeouts: { connectMs: 1000, sendMs: 1000, readMs: 1000 },
      },
    ],
  ),
  number(9).map((age): Keyed => ["plugin/hsts/1", { plugin: "hsts", config: { value: `max-age=${age}` } }]),
  fc
    .tuple(number(2), number(3))
    .map(
      ([name, skewSeconds]): Keyed => [
        `plugin/jwt/${name}`,
        { plugin: "jwt", config: { issuer: "i", audience: ["a"], skewSeconds, keys: `k${name}` } },
      ],
    ),
  fc.tuple(number(2), number(9)).map(([name, note]): Keyed => [`keys/k${name}`, { keys: [], note: `${note}` }]),
  fc
    .tuple(number(2), some(fc.constantFrom("a.test", "*.test"), 2))
    .map(([name, names]): Keyed => [`certificate/${name}`, { names, certificatePem: `chain ${name}`, keyPem: "key" }]),
  number(9).map((connections): Keyed => ["limits/edge", { clients: { connections, intervalMicros: 1, burst: 1 } }]),
  number(9).map((floodBanSeconds): Keyed => {
    const handshakes = { intervalMicros: 1000, burst: 5 };
    return ["limits/edge", { clients: { connections: 1, intervalMicros: 1, burst: 1, handshakes, floodBanSeconds } }];
  }),
);

/** What a route or a plugin names that is not there. */
export function isWhole(objects: Objects): boolean {
  return Object.entries(objects).every(([key, text]) => {
    const object = JSON.parse(text);
    if (key.startsWith("route/")) {
      return [`service/${object.service}`, ...object.plugins].every((name) => Object.hasOwn(objects, name));
    }
    return object.plugin !== "jwt" || Object.hasOwn(objects, `keys/${object.config.keys}`);
  });
}

export interface Step {
  readonly before: Objects;
  /** What is pushed: taken if it is whole. */
  readonly pushed: Objects;
  readonly after: Objects;
  readonly isFull: boolean;
  /** The third worker looks at what was pushed this time. */
  readonly isFollowed: boolean;
}

export const anySteps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.record({
      objects: fc.array(fc.tuple(anyObject, fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 12 }),
      isFull: fc.boolean(),
      isFollowed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((steps) => {
    let after: Objects = {};
    return steps.map(({ objects, ...step }) => {
      const before = after;
      const pushed: Record<string, string> = { ...before };
      for (const [[key, object], chance] of objects) {
        if (chance === 0) delete pushed[key];
        else pushed[key] = JSON.stringify(object);
      }
      after = isWhole(pushed) ? pushed : before;
      return { before, pushed, after, ...step };
    });
  });

export function push(worker: number, step: Pick<Step, "before" | "pushed" | "isFull">, revision: number): LuaCall {
  const { before, pushed, isFull } = step;
  const change = isFull ? { upserts: pushed, removes: [] } : deltaOf(before, pushed);
  return call("push", worker, { from: 0, to: revision, full: isFull, ...change, digest: digestOf(pushed) });
}
