import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Rotating, rotating } from "../../../test/plan/rotating.ts";
import { all, hostNamed, hostOf, joined, ruleOf, specOf, tagged } from "../../../test/plan/spec.ts";
import { meshFromObjects } from "../../wire/mesh.ts";
import { compile } from "../compile.ts";
import { uses, type Way, waysBetween } from "../paths.ts";
import { survey } from "../survey.ts";
import { othersOf } from "../topology.ts";
import { bypassEnds } from "./bypass.ts";
import type { RotationStep } from "./run.ts";

const isCarrier = ({ path }: Way) => path.probesOnly !== true;
const isFound = ({ path, tunnels }: Way) =>
  path.plane === "pw0" && tunnels.every(({ member }) => member.endpoint === undefined);

/** Ways of each pair before and during the step; those that have yet to be found by punching are none. */
function pairsOf({ spec, observed, step }: Rotating) {
  const { rotation: _, ...quiet } = observed;
  const [before, during] = [survey(spec, quiet).topology, survey(spec, observed).topology];
  return before.members.flatMap((a) =>
    othersOf(before, a).map((b) => {
      const [from, to] = [a, b].map(({ name }) => during.members.find((one) => one.name === name)!);
      const known = waysBetween(a, b, before).filter((way) => isCarrier(way) && !isFound(way));
      const ways = waysBetween(from!, to!, during).filter((way) => isCarrier(way) && !isFound(way));
      return {
        known,
        dependent: known.filter((way) => uses(way, step!)),
        others: ways.filter((way) => !uses(way, step!)),
      };
    }),
  );
}

test("every pair has a way that does without the key that is replaced", () => {
  let bypassed = 0;
  fc.assert(
    fc.property(rotating, (drawn) => {
      if (drawn.step === undefined) return;
      for (const { known, dependent, others } of pairsOf(drawn)) {
        if (dependent.length === 0) continue;
        assert.ok(others.length > 0, JSON.stringify(drawn.step));
        if (dependent.length === known.length) bypassed++;
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(bypassed > 100, `only ${bypassed} pairs had no other way`);
});

test("only hosts that need the bypass have one", () => {
  fc.assert(
    fc.property(rotating, ({ spec, observed, step }) => {
      const { hosts } = compile(spec, observed);
      for (const [name, { mesh }] of Object.entries(hosts)) {
        const { planes, peers } = meshFromObjects(mesh)!;
        const isUp = planes.some((plane) => plane.name === "pwx");
        assert.equal(
          isUp,
          peers.some(({ plane }) => plane === "pwx"),
          name,
        );
        if (isUp) assert.ok(step!.asked!.includes(name), name);
        if (step?.asked?.includes(name) && step.plane !== "pw0") assert.ok(isUp, name);
      }
    }),
    { numRuns: 500 },
  );
});

test("a plane to a relay has a bypass over that relay for pairs that meet nowhere else, and none for others", () => {
  const home = hostOf({ tags: ["home"] });
  const hosts = {
    hub: hostOf({ roles: ["relay"], reachable: true }),
    ...{ "home-1": home, "home-2": home, "home-3": home, alone: hostOf() },
    office: hostOf({ reachable: true, tags: ["office"] }),
  };
  const access = [ruleOf(tagged("home"), tagged("home")), ruleOf(tagged("home"), tagged("office"))];
  const endsOf = (host: string, plane: "pwr" | "pwr1", others: Record<string, ReturnType<typeof hostOf>> = {}) => {
    const all = { ...hosts, ...others };
    const { topology } = survey(specOf({ hosts: all, access }), joined(Object.keys(all)));
    return bypassEnds({ host, plane }, topology, (name) => (older.has(name) ? 7 : 8)).toSorted();
  };
  const older = new Set<string>();
  assert.deepEqual(endsOf("home-1", "pwr1"), ["home-1", "home-2", "home-3", "hub"]);
  assert.deepEqual(endsOf("hub", "pwr"), ["home-1", "home-2", "home-3", "hub"]);
  assert.deepEqual(endsOf("office", "pwr1"), [], "others reach it");
  const second = { "hub-2": hostOf({ roles: ["relay"], reachable: true }) };
  assert.deepEqual(endsOf("hub", "pwr", second), [], "there is another relay");
  older.add("home-2");
  assert.deepEqual(endsOf("home-1", "pwr1"), ["home-1", "home-3", "hub"], "the agent of one cannot send by it");
  assert.deepEqual(endsOf("home-2", "pwr1"), []);
  older.clear();
  older.add("hub");
  assert.deepEqual(endsOf("hub", "pwr"), [], "the relay's agent cannot");
});

test("a direct way that two hosts find through their NATs has a bypass that they find too, and relays see them by it", () => {
  const hosts = {
    "relay-1": hostOf({ roles: ["relay"], reachable: true }),
    "relay-2": hostOf({ roles: ["relay"], reachable: true }),
    ...{ "home-1": hostOf({ tags: ["home"] }), "home-2": hostOf({ tags: ["home"] }), other: hostOf() },
  };
  const spec = specOf({
    hosts,
    access: [{ ...ruleOf(tagged("home"), tagged("home")), relay: "never" }, ruleOf(tagged("home"), hostNamed("other"))],
  });
  const observed = joined(Object.keys(hosts));
  const { topology } = survey(spec, observed);
  const chosen = { host: "home-1", plane: "pw0" } as const;
  const among = (older: readonly string[]) => bypassEnds(chosen, topology, (name) => (older.includes(name) ? 8 : 9));
  assert.deepEqual(among(["relay-2"]).toSorted(), ["home-1", "home-2", "relay-1"]);
  assert.deepEqual(among(["home-2"]), ["home-1"], "that agent would take the letters for those of its direct plane");
  assert.deepEqual(among(["relay-1", "relay-2"]), ["home-1"]);
  const asked = among([]);
  assert.deepEqual(asked.toSorted(), ["home-1", "home-2", "relay-1", "relay-2"]);
  const step: RotationStep = {
    ...{ ...chosen, phase: "bypass", sinceMs: 0, from: 1, proofs: [], left: [], asked },
    to: { generation: 2 },
    bypass: Object.fromEntries(asked.map((name) => [name, `bypass ${name}`])),
  };
  const { hosts: told } = compile(spec, { ...observed, rotation: { number: 7, active: [step] } });
  const peers = (name: string) =>
    meshFromObjects(told[name]!.mesh)!
      .peers.filter(({ plane }) => plane === "pwx")
      .map(({ host, endpoint = "", allowedIps }) => [host, endpoint.replace(/.*:/, ":"), allowedIps.length > 0]);
  const anchors = ["relay-1", "relay-2"].map((relay) => [relay, ":51821", false]);
  assert.deepEqual(peers("home-1"), [["home-2", "", true], ...anchors]);
  assert.deepEqual(peers("home-2"), [["home-1", "", true], ...anchors]);
  const spokes = ["home-1", "home-2"].map((home) => [home, "", false]);
  for (const relay of ["relay-1", "relay-2"]) assert.deepEqual(peers(relay), spokes);
  assert.deepEqual(peers("other"), []);
});

test("a host with the name of something that every object has takes part in no bypass unless asked", () => {
  const hosts = {
    hub: hostOf({ roles: ["relay"], reachable: true }),
    ...{ constructor: hostOf({ reachable: true }), "home-1": hostOf(), "home-2": hostOf() },
  };
  const spec = specOf({ hosts, access: [ruleOf(all, all)] });
  const observed = joined(Object.keys(hosts));
  const chosen = { host: "hub", plane: "pwr" } as const;
  const asked = bypassEnds(chosen, survey(spec, observed).topology, () => 8);
  assert.deepEqual(asked.toSorted(), ["home-1", "home-2", "hub"]);
  const step: RotationStep = {
    ...{ ...chosen, phase: "bypass", sinceMs: 0, from: 1, proofs: [], left: [], asked },
    to: { generation: 2 },
    bypass: Object.fromEntries(asked.map((name) => [name, `bypass ${name}`])),
  };
  const { hosts: told } = compile(spec, { ...observed, rotation: { number: 7, active: [step] } });
  const withBypass = Object.keys(told).filter((name) => told[name]!.mesh["plane/pwx"] !== undefined);
  assert.deepEqual(withBypass.toSorted(), ["home-1", "home-2", "hub"]);
  for (const { mesh } of Object.values(told)) assert.equal(mesh["peer/pwx/constructor"], undefined);
});
