import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceCounts, TraceSent } from "../wire/trace.ts";
import { hasReached, leaderOf, type Traced, tracedSteps } from "./traced.ts";

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

test("of an address that is no host's, the host that leads there is the other end", () => {
  const counts = { "api-1": sender, "db-1": taker };
  const beyond = { beyond: "192.168.10.20", counts };
  assert.deepEqual(
    tracedSteps(traced(beyond)).map(({ host, layer, text }) => `${host} ${layer}: ${text}`),
    [
      "api-1 route: sent 1 packet towards db-1 by pw0 (direct)",
      "db-1 tunnel: 1 packet came out of the tunnel",
      "db-1 firewall: passes on tcp/5432 from api-1 to 192.168.10.20",
      "192.168.10.20 service: accepts on tcp/5432",
      "api-1 answer: came back",
    ],
  );
  const silent = { ...direct, outcome: "silent" } as const;
  const back = { ...sender, answersArrived: 0 };
  const mute = { ...taker, answersMade: 0, answersLeft: 0 };
  const to = (parts: Partial<TraceCounts>, allowed = true) =>
    end({ ...beyond, allowed, sent: silent, counts: { "api-1": back, "db-1": { ...mute, ...parts } } });
  assert.match(to({}), /^192\.168\.10\.20 answer false: no answer came to db-1/);
  assert.match(to({ taken: 0 }), /^db-1 firewall false: Portway passes on .*, and another firewall of db-1 drops it/);
  assert.match(to({ letIn: 0 }), /^db-1 firewall false: .* though rules let it through: it has no way there, another/);
  assert.match(to({ letIn: 0 }, false), /^db-1 firewall false: .*: no rule lets it through/);
  const past = { ...beyond, sent: { outcome: "unreachable", past: "eth0" } } as const;
  assert.match(end(past), /^api-1 route false: goes to 192\.168\.10\.20 by eth0, past the network/);
  const away = end({ ...beyond, sent: { outcome: "unreachable" } });
  assert.match(away, /^192\.168\.10\.20 service false: cannot be reached: an answer on the way says so/);
});

test("a host that leads to the address and cannot be asked is judged by the answer", () => {
  const beyond = { beyond: "192.168.10.20", counts: { "api-1": sender } };
  assert.match(end(beyond), /^api-1 answer true/);
  assert.ok(hasReached(traced(beyond)));
  const silent = { ...direct, outcome: "silent" } as const;
  assert.match(end({ ...beyond, sent: silent }), /^db-1 tunnel false: cannot be asked what came to it/);
});

test("of several hosts that lead to an address, the one that took the probe is told of", () => {
  const seen = (counts: Record<string, TraceCounts>, through = "router-1") =>
    leaderOf(["router-1", "router-2"], { sent: { ...direct, through }, counts: new Map(Object.entries(counts)) });
  assert.equal(seen({ "router-1": none, "router-2": taker }), "router-2");
  assert.equal(seen({ "router-1": taker, "router-2": taker }, "router-2"), "router-2");
  assert.equal(seen({ "router-1": passing, "router-2": taker }), "router-2", "the first is a relay between");
  assert.equal(seen({ "router-1": none, "router-2": none }), "router-1");
  assert.equal(leaderOf([], { sent: { outcome: "unreachable" }, counts: new Map() }), undefined);
});
