// Routes and requests that meet often, for properties of the router.
import fc from "fast-check";
import type { Condition, Routable } from "../../src/gateway/routing/router.ts";
import type { LuaCall } from "../lua/run-lua.ts";

export type Request = readonly [
  method: string,
  host: string,
  target: string,
  headers?: Readonly<Record<string, string>>,
];

/** Asks probe.routed of the router kept under a name. */
export function routedCall(router: string, [method, host, target, headers = {}]: Request): LuaCall {
  const variables = Object.entries(headers).map(([name, value]) => [`http_${name.replaceAll("-", "_")}`, value]);
  const args = [{ $: router }, method, host, target, Object.fromEntries(variables)];
  return { module: "probe", name: "routed", args };
}

const join = (parts: readonly string[]) => parts.map((part) => `/${part}`).join("");
const path = fc.array(fc.constantFrom("a", "b", "aa", "{x}"), { maxLength: 6 }).map(join);
const plainPath = fc.array(fc.constantFrom("a", "b", "aa"), { maxLength: 6 }).map(join);
const method = fc.constantFrom("GET", "POST", "HEAD", "PUT");
const place = fc.record({ kind: fc.constantFrom("exact" as const, "prefix" as const), path }).map((one) => ({
  ...one,
  path: one.kind === "exact" && one.path === "" ? "/" : one.path,
}));
const condition = (name: string): fc.Arbitrary<Condition> =>
  fc.constantFrom(
    { name, match: "exact", value: "1" },
    { name, match: "exact", value: "2" },
    { name, match: "present", value: "" },
  );
const conditions = fc.uniqueArray(fc.constantFrom("h", "i").chain(condition), {
  maxLength: 2,
  selector: ({ name }) => name,
});

export const anyRoute: fc.Arbitrary<Omit<Routable, "name">> = fc.record({
  hosts: fc.uniqueArray(fc.constantFrom("x.test", "y.x.test", "*.test", "*.x.test", "*"), {
    minLength: 1,
    maxLength: 3,
  }),
  paths: fc.array(place, { minLength: 1, maxLength: 3 }),
  methods: fc.uniqueArray(method, { maxLength: 2 }),
  headers: conditions,
  query: conditions,
});

export const anyRequest: fc.Arbitrary<Request> = fc.tuple(
  method,
  fc.constantFrom("x.test", "y.x.test", "z.y.x.test", "other", "test"),
  fc
    .tuple(plainPath, fc.constantFrom("", "/"), fc.constantFrom("", "?h=1", "?i=2&h=2", "?h"))
    .map(([start, end, query]) => `${`${start}${end}` || "/"}${query}`),
  fc.dictionary(fc.constantFrom("h", "i"), fc.constantFrom("1", "2", "3")),
);
