import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { outerBytes } from "../../net/mtu.ts";
import { type Answers, runSearch } from "./search.ts";
import { sizesUpTo } from "./sizes.ts";

/** A path of that MTU: what is answered to each size, with `loses` deciding over each packet. */
interface World {
  readonly pathMtu: number;
  readonly linkMtu: number;
  readonly icmp: boolean;
}

const worlds: fc.Arbitrary<World> = fc.record({
  pathMtu: fc.integer({ min: 576, max: 9000 }),
  linkMtu: fc.constantFrom(1280, 1420, 1500, 8920, 8940),
  icmp: fc.boolean(),
});

async function find({ pathMtu, linkMtu, icmp }: World, loses: (size: number) => boolean = () => false) {
  let [packets, rounds] = [0, 0];
  const fits = (size: number) => outerBytes(size, linkMtu, 4) <= pathMtu;
  const found = await runSearch(sizesUpTo(linkMtu, linkMtu), async (sizes): Promise<Answers> => {
    rounds++;
    packets += sizes.length;
    const arrived = sizes.filter((size) => !loses(size));
    const told = icmp && arrived.some((size) => !fits(size)) ? { told: pathMtu - 60 } : {};
    return { passed: arrived.filter(fits), ...told };
  });
  return { found, packets, rounds, best: sizesUpTo(linkMtu, linkMtu).findLast(fits), fits };
}

describe("the search for the largest packet that passes", () => {
  test("finds it, whatever the path's MTU, with ICMP and without, in few rounds and packets", () =>
    fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { found, best, rounds, packets } = await find(world);
        assert.equal(found, best);
        assert.ok(rounds <= 9 && packets <= 60, `${rounds} rounds, ${packets} packets`);
      }),
      { numRuns: 500 },
    ));

  test("asks once where the largest passes", async () => {
    const { rounds, packets } = await find({ pathMtu: 1500, linkMtu: 1420, icmp: false });
    assert.deepEqual([rounds, packets], [1, 2]);
  });

  test("takes two rounds where something on the way tells the MTU", async () => {
    const { rounds } = await find({ pathMtu: 1300, linkMtu: 1420, icmp: true });
    assert.equal(rounds, 2);
  });

  test("never finds more than passes, and ends, whatever is lost", () =>
    fc.assert(
      fc.asyncProperty(
        worlds,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom(0.05, 0.36, 0.9),
        async (world, draws, share) => {
          const { found, fits, rounds } = await find(world, () => draws.next().value! < share);
          assert.ok(found === undefined || fits(found));
          assert.ok(rounds <= 40);
        },
      ),
      { numRuns: 300 },
    ));

  test("finds it exactly as long as no size is lost twice running", () =>
    fc.assert(
      fc.asyncProperty(worlds, fc.infiniteStream(fc.boolean()), async (world, draws) => {
        const lostBefore = new Set<number>();
        const { found, best } = await find(world, (size) => {
          const isLost = !lostBefore.has(size) && draws.next().value!;
          if (isLost) lostBefore.add(size);
          else lostBefore.delete(size);
          return isLost;
        });
        assert.equal(found, best);
      }),
      { numRuns: 300 },
    ));

  test("takes no notice of rounds in which nothing came back at all", async () => {
    let turn = 0;
    const ask = async (sizes: readonly number[]) => ({
      passed: turn++ % 4 === 0 ? sizes.filter((size) => size <= 1024) : [],
    });
    assert.equal(await runSearch([512, 1024, 1420], ask), 1024);
    assert.ok(turn > 8);
  });

  test("is not misled by a message that tells less than has passed, or less than anything", async () => {
    for (const told of [100, 700]) {
      const found = await runSearch([512, 1024, 1420], async (sizes) => ({ passed: sizes, told }));
      assert.equal(found, 1420);
    }
  });

  test("finds nothing where nothing is answered", async () => {
    assert.equal(await runSearch([512, 1024, 1420], async () => ({ passed: [] })), undefined);
  });
});
