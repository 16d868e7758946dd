import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedDict } from "../../../test/lua/shared-dict.ts";
import type { SharedCounts } from "../shared-counts.ts";
import { leaveSharedPlace, takeSharedPlace, type Workers } from "./client-places.ts";
import { type Client, clientAt, newClientTable } from "./client-table.ts";

const client = (): Client => clientAt(newClientTable(), "192.0.2.1")!;
const worker = (own: number, ...others: readonly number[]): Workers => ({ own, others });

test("the last place is taken once, by whichever worker, and free again when it is left", () => {
  const shared = sharedDict<SharedCounts>();
  const [one, two] = [worker(100, 200), worker(200, 100)];
  const [hereOne, hereTwo] = [client(), client()];
  assert.deepEqual(
    [
      takeSharedPlace(shared, one, hereOne, 2),
      takeSharedPlace(shared, two, hereTwo, 2),
      takeSharedPlace(shared, one, hereOne, 2),
      takeSharedPlace(shared, two, hereTwo, 2),
    ],
    [true, true, false, false],
  );
  leaveSharedPlace(shared, two, hereTwo);
  assert.equal(takeSharedPlace(shared, one, hereOne, 2), true);
  assert.deepEqual([hereOne.shared, hereTwo.shared], [2, 0]);
});

test("what a worker held that is no more counts no more", () => {
  const shared = sharedDict<SharedCounts>();
  const dead = client();
  for (let i = 0; i < 3; i++) takeSharedPlace(shared, worker(100, 200), dead, 3);
  assert.equal(takeSharedPlace(shared, worker(200, 100), client(), 3), false);
  assert.equal(takeSharedPlace(shared, worker(200, 300), client(), 3), true);
});
