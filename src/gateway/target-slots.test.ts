import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { enterSlot, leaveSlot, newSlots, noSlot, type Slot, slotOf } from "./target-slots.ts";

const never = () => false;

test("an identity has one slot, another identity another, and when all are taken one that keeps nothing", () => {
  const slots = newSlots(2);
  const one = slotOf(slots, "one", 0, never);
  assert.equal(slotOf(slots, "one", 5, never), one);
  assert.notEqual(slotOf(slots, "two", 0, never).upstream, one.upstream);
  assert.equal(slotOf(slots, "three", 0, never), noSlot);
});

test("a slot goes to another identity when nothing of the last one can be left in it", () => {
  const slots = newSlots(1);
  const slot = slotOf(slots, "one", 0, never);
  enterSlot(slot);
  assert.equal(slotOf(slots, "two", 1_000_000, never), noSlot, "a request is in it");
  leaveSlot(slot, 1_000_000);
  assert.equal(slotOf(slots, "two", 1_059_999, never), noSlot, "a connection may be kept");
  assert.equal(
    slotOf(slots, "two", 1_060_000, () => true),
    noSlot,
    "a service in force has it",
  );
  assert.equal(slotOf(slots, "two", 1_060_000, never).upstream, slot.upstream);
});

/** nginx's part: connections are kept in an upstream for 4 s after their request, and each was made as one identity. */
test("whatever happens in whatever order, no request finds another identity's connection", () => {
  const step = fc.record({
    what: fc.constantFrom("config", "begin", "end", "wait"),
    number: fc.nat({ max: 5 }),
    ms: fc.constantFrom(1, 3_000, 5_000, 70_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = newSlots(3);
      let now = 0;
      let inForce = new Map<number, { identity: string; slot: Slot }>();
      const running: { identity: string; slot: Slot }[] = [];
      const kept: { identity: string; upstream: string; untilMs: number }[] = [];
      const isUsed = (slot: Slot) => [...inForce.values()].some((service) => service.slot === slot);
      for (const { what, number, ms } of steps) {
        if (what === "wait") now += ms;
        if (what === "config") {
          const identity = `${number}-${ms % 2}`;
          const next = new Map(inForce).set(number % 3, { identity, slot: slotOf(slots, identity, now, isUsed) });
          inForce = next;
        }
        const service = inForce.get(number % 3);
        if (what === "begin" && service) {
          const slot = service.slot.identity === service.identity ? service.slot : noSlot;
          enterSlot(slot);
          running.push({ identity: service.identity, slot });
          const found = kept.filter(({ upstream, untilMs }) => upstream === slot.upstream && untilMs > now);
          for (const { identity } of found) assert.equal(identity, service.identity);
        }
        const [ended] = what === "end" ? running.splice(number % Math.max(1, running.length), 1) : [];
        if (ended) {
          leaveSlot(ended.slot, now);
          if (ended.slot !== noSlot)
            kept.push({ identity: ended.identity, upstream: ended.slot.upstream, untilMs: now + 4_000 });
        }
      }
    }),
  );
});
