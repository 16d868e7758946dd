import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceCounts, TraceSent } from "../wire/trace.ts";
import { hasReached, type Traced, tracedSteps } from "./traced.ts";

const none: TraceCounts = {
  ...{ made: 0, left: 0, arrived: 0, letIn: 0, taken: 0 },
  ...{ answersMade: 0, answersLeft: 0, answersArrived: 0 },
};
const direct: TraceSent = { outcome: "open", path: { kind: "direct", plane: "pw0" } };
const relayed: TraceSent = { outcome: "open", path: { kind: "relay", plane: "pwr1", via: "edge-1" } };
const sender = { ...none, made: 1, left: 1, answersArrived: 1 };
const taker = { ...none, arrived: 1, letIn: 1, taken: 1, answersMade: 1, answersLeft: 1 };
const passing = { ...none, arrived: 2, left: 2, answersArrived: 1, answersLeft: 1 };

function traced(parts: Partial<Omit<Traced, "counts">> & { readonly counts: Record<string, TraceCounts> }): Traced {
  const { counts, ...rest } = parts;
  const ends = { from: "api-1", to: "db-1", protocol: "tcp", port: 5432 } as const;
  return { ...ends, sent: direct, allowed: true, counts: new Map(Object.entries(counts)), ...rest };
}

/** The last place, and what it says. */
function end(parts: Parameters<typeof traced>[0]): string {
  const { host, layer, ok, text } = tracedSteps(traced(parts)).at(-1)!;
  return `${host} ${layer} ${ok}: ${text}`;
}

test("a packet that got there and back is told from place to place", () => {
  const whole = traced({ sent: relayed, counts: { "api-1": sender, "edge-1": passing, "db-1": taker } });
  assert.deepEqual(
    tracedSteps(whole).map(({ host, layer, ok }) => [host, layer, ok]),
    [
      ["api-1", "route", true],
      ["edge-1", "relay", true],
      ["db-1", "tunnel", true],
      ["db-1", "firewall", true],
      ["db-1", "service", true],
      ["api-1", "answer", true],
    ],
  );
  assert.ok(hasReached(whole));
});

test("the first place that let nothing on is named", () => {
  const silent = { ...direct, outcome: "silent" } as const;
  const counts = (from: Partial<TraceCounts>, to: Partial<TraceCounts> = {}) => {
    return { "api-1": { ...sender, answersArrived: 0, ...from }, "db-1": { ...none, ...to } };
  };
  assert.match(end({ sent: { outcome: "unreachable" }, counts: counts({ made: 0, left: 0 }) }), /^api-1 route false/);
  assert.match(
    end({ sent: silent, counts: counts({ left: 0 }) }),
    /^api-1 firewall false: .*another firewall of api-1/,
  );
  assert.match(end({ sent: silent, counts: counts({}) }), /^db-1 tunnel false/);
  const arrived = counts({}, { arrived: 1 });
  assert.match(
    end({ sent: silent, allowed: false, counts: arrived }),
    /^db-1 firewall false: Portway's firewall drops/,
  );
  assert.match(
    end({ sent: silent, counts: arrived }),
    /^db-1 firewall false: .*though rules let it in: another firewall/,
  );
  const letIn = counts({}, { arrived: 1, letIn: 1 });
  assert.match(
    end({ sent: silent, counts: letIn }),
    /^db-1 firewall false: Portway lets in .* another firewall of db-1/,
  );
});

test("a relay that passes nothing on is named, and one that saw nothing", () => {
  const silent = { ...relayed, outcome: "silent" } as const;
  const through = (relay: TraceCounts) => ({ "api-1": sender, "db-1": none, "edge-1": relay });
  assert.match(end({ sent: silent, counts: through({ ...none, arrived: 2 }) }), /^edge-1 relay false: 2 packets came/);
  assert.match(end({ sent: silent, counts: through(none) }), /^edge-1 tunnel false: nothing came to it from api-1/);
});

test("a relay that could not be asked is done without", () => {
  assert.match(end({ sent: relayed, counts: { "api-1": sender, "db-1": taker } }), /^api-1 answer true/);
});

test("that nothing listens, or a datagram is not answered, is no fault of the network", () => {
  const counts = { "api-1": sender, "db-1": { ...taker, answersMade: 0, answersLeft: 0 } };
  const udp = { protocol: "udp", port: 53, sent: { ...direct, outcome: "silent" }, counts } as const;
  assert.match(end(udp), /^api-1 answer true: none was expected/);
  const refused = traced({ sent: { ...direct, outcome: "refused" }, counts: { "api-1": sender, "db-1": taker } });
  assert.match(tracedSteps(refused).find(({ layer }) => layer === "service")!.text, /nothing listens on tcp\/5432/);
  assert.ok(tracedSteps(refused).at(-1)!.ok);
});

test("an answer that is lost is told with the place", () => {
  const sent = { ...direct, outcome: "silent" } as const;
  const back = { ...sender, answersArrived: 0 };
  assert.match(end({ sent, counts: { "api-1": back, "db-1": taker } }), /^api-1 answer false: no answer came out/);
  const stuck = { ...taker, answersLeft: 0 };
  assert.match(end({ sent, counts: { "api-1": back, "db-1": stuck } }), /^db-1 answer false: .*none left/);
  assert.match(
    end({ sent, counts: { "api-1": back, "db-1": { ...stuck, answersMade: 0 } } }),
    /^db-1 answer false: made/,
  );
});
