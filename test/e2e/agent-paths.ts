// Which way packets of agents go: tests of a network that runs, of the suite that calls them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "../lab/lab.ts";
import { pinger } from "../lab/pinger.ts";
import { requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, reaches } from "./agent-network.ts";

/** edge-1 is the relay of db-1, which has an endpoint, and of api-1 behind a NAT. */
export interface AgentPaths {
  readonly edge: AgentHost;
  readonly db: AgentHost;
  readonly api1: AgentHost;
  /** Waits until every pair is on its best path, and a pass has found nothing to do since. */
  readonly settled: () => Promise<void>;
}

export const curl = (from: Host, address: string, port = 8080) =>
  from.run(["curl", "-sS", "-m2", `http://${address.includes(":") ? `[${address}]` : address}:${port}/`], {
    check: false,
  });
export const ping = (from: Host, address: string) => from.run(["ping", "-n", "-c1", "-W1", address], { check: false });

export function testPaths(network: () => AgentPaths): void {
  test("a tunnel whose other end has no agent for a while is left alone", async () => {
    const { edge, api1, settled } = network();
    await settled();
    const requests = await requester(edge.host, `http://${api1.ipv4()}:8080/`, { perSecond: 20 });
    edge.agent().kill("SIGKILL");
    await edge.agent().exited;
    // Long enough for each of the steps by which a path that answers no probe is repaired.
    await waitFor(() => requests.report().count > 300, { what: "requests without an agent at one end" });
    edge.startAgent();
    assert.deepEqual((await requests.stop()).failures, []);
    await settled();
  });

  test("the two ends of a pair may use different planes", async () => {
    const { edge, api1, settled } = network();
    const ends = [
      [edge, api1, "pwr"],
      [api1, edge, "pwr1"],
    ] as const;
    for (const [one, other, plane] of ends) {
      for (const each of [edge, api1]) each.agent().kill("SIGKILL");
      await Promise.all([edge, api1].map((each) => each.agent().exited));
      await one.host.ip([
        `route replace ${other.ipv4()} dev ${plane} src ${one.ipv4()} proto 181`,
        `route replace ${other.ipv6()} dev ${plane} src ${one.ipv6()} proto 181`,
      ]);
      assert.equal((await curl(edge.host, api1.ipv4())).code, 0);
      assert.equal((await curl(edge.host, api1.ipv6())).code, 0);
      for (const each of [edge, api1]) each.startAgent();
      await settled();
    }
  });

  test("packets move to the relay when the direct path is blocked, and back, losing none on the way back", async (t) => {
    const { db, api1 } = network();
    await reaches(api1, db, "pw0");
    const pings = await pinger(api1.host, db.ipv4());
    await db.host.block({ protocol: "udp", localPort: 51820 });
    await reaches(api1, db, "edge-1");
    const isTold = () => api1.status()?.events?.some(({ kind, subject }) => kind === "path.used" && subject === "db-1");
    await waitFor(isTold, { what: "the move to be an event" });
    await waitFor(async () => (await ping(api1.host, db.ipv4())).code === 0, { what: "packets through the relay" });
    const there = await pings.stop();
    t.diagnostic(
      `direct to relay: ${there.lost} of ${there.sent} pings lost, gap ${Math.round(there.longestGapMs)} ms`,
    );
    const pingsBack = await pinger(api1.host, db.ipv4());
    await db.host.unblock();
    await reaches(api1, db, "pw0");
    await reaches(db, api1, "pw0");
    const back = await pingsBack.stop();
    t.diagnostic(`relay to direct: ${back.lost} of ${back.sent} pings lost, gap ${Math.round(back.longestGapMs)} ms`);
    assert.equal(back.lost, 0);
  });
}
