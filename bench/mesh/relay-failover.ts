// How long a pair's pings stay away when the relay that carries them goes dark: the worst of 20, five of each kind. And how long
// the first ones of a pair do that was silent when its relay went dark: the worst of eight. `RELAYS=3 ROUNDS=5 IDLE_ROUNDS=2`.
import { allWarm, idle, left, openRelayLab, relayFaults } from "../../test/e2e/relay-lab.ts";
import { pinger } from "../../test/lab/pinger.ts";

const setting = (name: string, usual: number) => Number(process.env[name] ?? usual);
const [rounds, idleRounds] = [setting("ROUNDS", 5), setting("IDLE_ROUNDS", 2)];
const net = await openRelayLab(setting("RELAYS", 3));
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
  const firstMs: number[] = [];
  for (let round = 0; round < idleRounds; round++) {
    for (const { what, make, undo } of relayFaults) {
      await idle(net);
      const relay = net.relayOf(net.api1)!;
      await make(relay);
      const startedAt = performance.now();
      const pings = await pinger(net.api1.host, net.api2.ipv4(), { intervalMs: 10 });
      firstMs.push(performance.now() - startedAt);
      await pings.stop();
      await left(net, relay);
      await undo(relay);
      await allWarm(net);
      console.log(`  ${relay.host.name}, ${what}, in silence: ${Math.round(firstMs.at(-1)!)} ms`);
    }
  }
  if (idleRounds > 0) console.log(`relay_failover_idle_worst_s ${(Math.max(...firstMs) / 1000).toFixed(2)}`);
} finally {
  await net.close();
}
