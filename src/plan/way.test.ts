import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { networkOf, send } from "../../test/plan/packet.ts";
import { hostNamed, hostOf, joined, ruleOf, specOf, tagged, tcp } from "../../test/plan/spec.ts";
import { world } from "../../test/plan/world.ts";
import { accessAnswer, type Opening } from "../spec/access-answer.ts";
import type { Spec } from "../spec/types.ts";
import { can } from "./allows.ts";
import { compile } from "./compile.ts";
import type { Observed } from "./observed.ts";
import { survey } from "./survey.ts";
import { wayOf } from "./way.ts";

const openings: readonly Opening[] = [
  { protocol: "tcp", port: 1 },
  { protocol: "tcp", port: 9 },
  { protocol: "udp", port: 20 },
  { protocol: "icmp" },
];

function ask(spec: Spec, observed: Observed, from: string, to: string, opening: Opening, inUse?: string) {
  const { members } = survey(spec, observed);
  const member = (name: string) => members.find((one) => one.name === name)!;
  const asked = { from: member(from), to: member(to), ...opening, ...(inUse !== undefined && { inUse }) };
  return wayOf(spec, compile(spec, observed), asked);
}

test("the way is open to its end exactly where a packet gets through, in 1,000 random networks", () => {
  fc.assert(
    fc.property(world, ({ spec, observed }) => {
      const compiled = compile(spec, observed);
      const { members } = survey(spec, observed);
      const network = networkOf(compiled, observed);
      for (const from of members) {
        for (const to of members.filter((one) => one !== from)) {
          for (const opening of openings) {
            const steps = wayOf(spec, compiled, { from, to, ...opening });
            const open = steps.every(({ ok }) => ok);
            const rule = accessAnswer(spec.access, from, to, opening);
            const told = JSON.stringify({ from: from.name, to: to.name, opening, steps, rule });
            assert.equal(steps.filter(({ ok }) => !ok).length, open ? 0 : 1, told);
            assert.ok(!open || rule.allowed, told);
            const meshed = [from, to].every(({ joined, keys }) => joined && keys.pw0 !== undefined);
            if (meshed) assert.equal(can(compiled, { from: from.name, to: to.name, ...opening }), rule.allowed, told);
            const state = network.states.get(from.name);
            const [path] = state?.pairs.find(({ host }) => host === to.name)?.paths ?? [];
            const packet = { source: from.ipv4, destination: to.ipv4, ...opening };
            const fate = path ? send(network, from.name, path.plane, packet) : { dropped: "no path" };
            assert.equal(open, "takenBy" in fate && fate.takenBy === to.name, `${told} ${JSON.stringify(fate)}`);
          }
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("each place on the way through a relay says what it does", () => {
  const spec = specOf({
    hosts: {
      "relay-1": hostOf({ roles: ["relay"], reachable: true }),
      "api-1": hostOf(),
      "db-1": hostOf({ tags: ["db"] }),
    },
    access: [ruleOf(hostNamed("api-1"), tagged("db"), tcp(5432))],
  });
  const observed = joined(["relay-1", "api-1", "db-1"]);
  const layers = (opening: Opening, from = "api-1", to = "db-1") =>
    ask(spec, observed, from, to, opening, "pwr1").map(({ host, layer, ok }) => `${host} ${layer} ${ok ? "+" : "x"}`);
  assert.deepEqual(layers({ protocol: "tcp", port: 5432 }), [
    "db-1 rule +",
    "api-1 membership +",
    "db-1 membership +",
    "api-1 route +",
    "api-1 plane +",
    "relay-1 relay +",
    "db-1 firewall +",
  ]);
  assert.deepEqual(layers({ protocol: "tcp", port: 22 }), ["db-1 rule x"]);
  const [, , , route] = ask(spec, observed, "api-1", "db-1", { protocol: "tcp", port: 5432 }, "pwr1");
  assert.match(
    route!.text,
    /^10\.77\.\S+\/32 and \S+\/128 by pwr1 \(relay relay-1\), as it goes now; besides: pw0 \(direct\)$/,
  );
  const [back] = ask(spec, observed, "db-1", "api-1", { protocol: "tcp", port: 5432 });
  assert.match(back!.text, /no rule allows tcp\/5432; nearest is access\[0\], .* the other way round/);
  const absent = ask(spec, joined(["api-1"]), "api-1", "db-1", { protocol: "tcp", port: 5432 });
  assert.deepEqual(absent.at(-1), { host: "db-1", layer: "membership", ok: false, text: "has not joined" });
  const hidden = specOf({ ...spec, hosts: { "api-1": hostOf(), "db-1": hostOf({ tags: ["db"] }) } });
  const nowhere = ask(hidden, joined(["api-1", "db-1"]), "api-1", "db-1", { protocol: "tcp", port: 5432 });
  assert.match(nowhere.at(-1)!.text, /no path to db-1: neither has an endpoint/);
});
