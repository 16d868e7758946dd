import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openLines } from "../../lib/http.ts";
import type { ControlEvent } from "../../wire/api.ts";
import { smallFile, startTestControl, type TestControl } from "../harness.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
});
after(() => control.close());

async function listen(lastId?: number) {
  const headers = lastId === undefined ? {} : { "last-event-id": String(lastId) };
  const { lines, close } = await openLines({ ...control.local, path: "/v1/events", headers });
  const iterator = lines[Symbol.asyncIterator]();
  await iterator.next(); // it is open
  const next = async (): Promise<ControlEvent> => {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) throw new Error("the events ended");
      if (!value.startsWith("data: ")) continue;
      const event = JSON.parse(value.slice(6)) as ControlEvent;
      // Control looks for what needs attention every few seconds, at whatever moment of this test.
      if (!/^(raised|cleared)\./.test(event.kind)) return event;
    }
  };
  return { next, close };
}

test("what happens is told as it happens, and who comes back with the last id misses nothing", async () => {
  const first = await listen();
  await control.apply(smallFile);
  const applied = await first.next();
  assert.deepEqual([applied.kind, applied.subject], ["spec.apply", "acme"]);
  first.close();

  await control.join("api-1");
  const second = await listen(applied.id);
  assert.equal((await second.next()).kind, "token.create");
  const joined = await second.next();
  assert.deepEqual([joined.kind, joined.subject], ["host.join", "api-1"]);
  second.close();
});

test("who was away since an earlier run is told that something is missing", async () => {
  const { next, close } = await listen(1);
  assert.equal((await next()).kind, "gap");
  assert.equal((await next()).kind, "spec.apply");
  close();
});
