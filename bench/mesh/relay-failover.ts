// How long a pair's pings stay away when the relay that carries them goes dark: the worst of 20, five of each kind.
import { allWarm, left, openRelayLab, relayFaults } from "../../test/e2e/relay-lab.ts";
import { pinger } from "../../test/lab/pinger.ts";

const rounds = 5;
const net = await openRelayLab();
try {
  const gapsMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { what, make, undo } of relayFaults) {
      const relay = net.relayOf(net.api1)!;
      const pings = await pinger(net.api1.host, net.api2.ipv4(), { intervalMs: 10 });
      await make(relay);
      await left(net, relay);
      await undo(relay);
      const { longestGapMs } = await pings.stop();
      await allWarm(net);
      console.log(`  ${relay.host.name}, ${what}: ${Math.round(longestGapMs)} ms`);
      gapsMs.push(longestGapMs);
    }
  }
  console.log(`relay_failover_worst_s ${(Math.max(...gapsMs) / 1000).toFixed(2)}`);
} finally {
  await net.close();
}
