// Relays that go dark in every way, under pings: both ends leave them for another one, and do not go back and forth.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import type { AgentHost } from "./agent-network.ts";
import { allWarm, idle, left, openRelayLab, type RelayLab, relayFaults, relayRules } from "./relay-lab.ts";

/** The planes that an agent sent the pair's packets by, one after the other. */
const planesUsed = (one: AgentHost) =>
  [
    ...one
      .agent()
      .logText()
      .matchAll(/"host":"api-\d","plane":"(\w+)","proven":true/g),
  ].map(([, plane]) => plane);
const planeTo = (one: AgentHost, relay: AgentHost) =>
  one.status()?.relays?.find(({ host }) => host === relay.host.name)?.plane;

suite("relays that go dark", needsRoot, () => {
  let net: RelayLab;
  before(async () => {
    net = await openRelayLab();
  });
  after(() => net?.close());

  test("a relay that is drained is left by both ends before it goes, without a loss", async () => {
    const { api1, api2, relayOf } = net;
    const pings = await pinger(api1.host, api2.ipv4(), { intervalMs: 5 });
    const relay = relayOf(api1)!;
    net.net.apply(relayRules, { drained: [relay.host.name] });
    await left(net, relay);
    relay.agent().kill("SIGKILL");
    await relay.host.linkDown();
    const { received } = pings.report();
    await waitFor(() => pings.report().received > received + 200, { what: "pings without the relay" });
    const { lost, sent } = await pings.stop();
    assert.equal(lost, 0, `of ${sent}`);
    await relay.host.linkUp();
    relay.startAgent();
    net.net.apply(relayRules);
    const isBack = (one: AgentHost) =>
      one.status()?.relays?.find(({ host }) => host === relay.host.name)?.online === true;
    for (const one of [api1, api2]) {
      await waitFor(() => isBack(one), { what: `${one.host.name} to have its relay back`, timeoutMs: 30_000 });
      assert.notEqual(relayOf(one)?.host.name, relay.host.name);
    }
  });

  test("a relay that goes dark while the two ends are silent is left once they talk", async (t) => {
    const { api1, api2, relayOf } = net;
    await idle(net);
    const relay = relayOf(api1)!;
    await relay.host.linkDown();
    const darkAt = performance.now();
    const pings = await pinger(api1.host, api2.ipv4());
    t.diagnostic(`an answer after ${Math.round(performance.now() - darkAt)} ms`);
    await pings.stop();
    await left(net, relay);
    await relay.host.linkUp();
    await allWarm(net);
  });

  for (const { what, make, undo } of relayFaults) {
    test(`a relay is left when ${what}, and not gone back to at once`, async (t) => {
      const { api1, api2, relayOf } = net;
      const pings = await pinger(api1.host, api2.ipv4());
      const relay = relayOf(api1)!;
      const ends = [api1, api2].map((one) => ({ one, before: planesUsed(one).length, plane: planeTo(one, relay) }));
      await make(relay);
      await left(net, relay);
      const answered = pings.report().received;
      await undo(relay);
      await waitFor(() => pings.report().received > answered + 50, { what: "pings by another relay" });
      const { longestGapMs } = await pings.stop();
      t.diagnostic(`${relay.host.name} left after ${Math.round(longestGapMs)} ms`);
      for (const { one, before, plane } of ends) {
        assert.notEqual(relayOf(one)?.host.name, relay.host.name);
        assert.ok(!planesUsed(one).slice(before).includes(plane), `${one.host.name} went back to ${plane}`);
      }
      await allWarm(net);
    });
  }
});
