import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNamed, hostOf, joined, ruleOf, specOf, tcp } from "../../test/plan/spec.ts";
import { inboundOf } from "../wire/mesh.ts";
import { compile } from "./compile.ts";
import { atTime, deadlinesOf, nextDeadline, renamedDeadlines } from "./deadlines.ts";

const lasting = ruleOf(hostNamed("a"), hostNamed("b"), tcp(80));
const brief = { ...ruleOf(hostNamed("a"), hostNamed("b"), tcp(80, 90)), forMs: 1_000 };
const fixed = { ...ruleOf(hostNamed("b"), hostNamed("a"), tcp(22)), untilMs: 50_000 };
const spec = specOf({ hosts: { a: hostOf({ reachable: true }), b: hostOf() }, access: [lasting, brief, fixed] });

test("a rule's time begins when it is applied first, and another apply gives it no more", () => {
  const first = deadlinesOf(spec, {}, 10_000);
  assert.deepEqual(Object.values(first), [11_000]);
  assert.deepEqual(deadlinesOf(spec, first, 10_900), first);
  assert.deepEqual(deadlinesOf(specOf({ access: [lasting] }), first, 10_900), {});
  assert.deepEqual(Object.values(deadlinesOf({ access: [{ ...brief, forMs: 2_000 }] }, first, 20_000)), [22_000]);
});

test("rules whose time is over join nobody, and the others keep their place", () => {
  const deadlines = deadlinesOf(spec, {}, 10_000);
  const froms = (nowMs: number) => atTime(spec, deadlines, nowMs).access.map(({ from }) => from.length);
  assert.deepEqual(froms(10_999), [1, 1, 1]);
  assert.deepEqual(froms(11_000), [1, 0, 1]);
  assert.deepEqual(froms(50_000), [1, 0, 0]);
  assert.deepEqual(
    [10_000, 11_000, 50_000].map((nowMs) => nextDeadline(spec, deadlines, nowMs)),
    [11_000, 50_000, undefined],
  );
  assert.equal(atTime(spec, {}, 0).access[1]!.from.length, 0); // nobody knows since when
  const untimed = specOf({ access: [lasting] });
  assert.equal(atTime(untimed, {}, 1), untimed);
});

test("hosts are told until when, apart from what holds for ever", () => {
  const deadlines = deadlinesOf(spec, {}, 10_000);
  const inbound = (nowMs: number) => {
    const { hosts } = compile(atTime(spec, deadlines, nowMs), joined(["a", "b"]));
    return inboundOf(hosts["b"]!.mesh, "a")?.allow;
  };
  assert.deepEqual(inbound(10_000), [
    { protocol: "tcp", first: 80, last: 90, until: 11_000 },
    { protocol: "tcp", first: 80, last: 80 },
  ]);
  assert.deepEqual(inbound(11_000), [{ protocol: "tcp", first: 80, last: 80 }]);
});

test("another name of a host changes no deadline", () => {
  const deadlines = deadlinesOf(spec, {}, 10_000);
  const access = [lasting, { ...brief, from: [{ kind: "host" as const, name: "c" }] }, fixed];
  assert.deepEqual(Object.values(renamedDeadlines(spec, { access }, deadlines)), [11_000]);
});
