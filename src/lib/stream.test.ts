import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "./clock.ts";
import { ConnectionFailed, type Lines } from "./http.ts";
import { followLines } from "./stream.ts";

/** A clock whose sleeps pass at once and are written down. */
function instantClock(): { clock: Clock; waits: number[]; advance: (ms: number) => void } {
  let at = 0;
  const waits: number[] = [];
  const clock: Clock = {
    now: () => at,
    monotonic: () => at,
    sleep: async (ms) => {
      waits.push(ms);
      at += ms;
    },
  };
  return {
    clock,
    waits,
    advance(ms) {
      at += ms;
    },
  };
}

function reply(lines: readonly string[], status = 200, onClose = () => {}): Lines {
  return {
    status,
    headers: {},
    close: onClose,
    lines: (async function* () {
      yield* lines;
    })(),
  };
}

const broken = async () => {
  throw new ConnectionFailed("refused", "https://control: nobody answers");
};

describe("following a stream of lines", () => {
  test("reads connection after connection until a line says stop", async () => {
    const seen: string[] = [];
    const closed: number[] = [];
    const replies = [
      ["a", "b"],
      ["c", "stop", "never"],
    ];
    let opened = 0;
    await followLines(
      {
        clock: instantClock().clock,
        open: async () => reply(replies[opened++]!, 200, () => closed.push(opened)),
        onLine(line) {
          seen.push(line);
          return line === "stop" ? "stop" : "more";
        },
      },
      new AbortController().signal,
    );
    assert.deepEqual(seen, ["a", "b", "c", "stop"]);
    assert.deepEqual(closed, [1, 2]);
  });

  test("waits longer after each failure, and says why there is no connection", async () => {
    const { clock, waits } = instantClock();
    const states: (string | undefined)[] = [];
    let opened = 0;
    await followLines(
      {
        clock,
        waits: { next: () => 100 * 2 ** waits.length, reset: () => assert.fail("nothing went well") },
        open: () =>
          ++opened <= 2
            ? broken()
            : Promise.resolve(reply(opened === 3 ? ["no such host"] : ["x"], opened === 3 ? 403 : 200)),
        onLine: () => "stop",
        onConnection: (failure) => states.push(failure),
      },
      new AbortController().signal,
    );
    assert.deepEqual(waits, [100, 200, 400]);
    assert.deepEqual(states, [
      "https://control: nobody answers",
      "https://control: nobody answers",
      "answered 403: no such host",
      undefined,
    ]);
  });

  test("starts with a short wait again only after a connection that lasted", async () => {
    const { clock, advance } = instantClock();
    let resets = 0;
    let lines = 0;
    await followLines(
      {
        clock,
        waits: { next: () => 1, reset: () => void resets++ },
        open: async () => reply(["line"]),
        onLine() {
          lines++;
          if (lines === 2) advance(60_000);
          return lines === 3 ? "stop" : "reopen";
        },
      },
      new AbortController().signal,
    );
    assert.equal(resets, 1);
  });

  test("ends when it is told to, also between two tries", async () => {
    const end = new AbortController();
    const { clock } = instantClock();
    let opened = 0;
    await followLines(
      {
        clock: { ...clock, sleep: async () => end.abort() },
        open: () => {
          opened++;
          return broken();
        },
        onLine: () => "more",
      },
      end.signal,
    );
    assert.equal(opened, 1);
  });
});
