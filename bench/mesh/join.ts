// From the start of a new host's agent to the first packet that it gets an answer to, behind NAT: the worst of five hosts that
// a running host with an endpoint has just been told of, and the worst of the same through a relay.
import { agentNetwork } from "../../test/e2e/agent-network.ts";
import { createLab } from "../../test/lab/lab.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { waitFor } from "../../test/lab/wait-for.ts";

const hosts = 5;
const lab = createLab();
try {
  const internet = await lab.internet();
  const [home, office] = await Promise.all([lab.nat("home", { kind: "hard" }), lab.nat("office", { kind: "hard" })]);
  const [relay, hidden] = await Promise.all([lab.host("relay", { on: internet }), lab.host("hidden", { on: office! })]);
  const net = agentNetwork(lab);
  const names = Array.from({ length: hosts }, (_, index) => `new-${index}`);
  const known = net.join(relay, { roles: ["relay"], endpoint: `${relay.addresses.ipv4}:51820` });
  const far = net.join(hidden);
  const rules = names.flatMap((from) => ["relay", "hidden"].map((to) => ({ from, to, allow: "icmp" })));
  const machines = await Promise.all(names.map((name) => lab.host(name, { on: home! })));
  const joining = machines.map((machine) => net.join(machine));
  const revision = net.apply([]);
  for (const one of [known, far]) one.startAgent();
  const isUp = () => [known, far].every((one) => one.status()?.revision === revision);
  await waitFor(isUp, { what: "the hosts that are there already" });
  const worst = { direct: 0, relayed: 0 };
  for (const one of joining) {
    net.apply(rules);
    const startedAt = performance.now();
    one.startAgent();
    const firstAnswer = async (to: typeof far) => {
      const pings = await pinger(one.host, to.ipv4(), { intervalMs: 20 });
      const tookMs = performance.now() - startedAt;
      await pings.stop();
      return tookMs;
    };
    const [direct, relayed] = await Promise.all([firstAnswer(known), firstAnswer(far)]);
    worst.direct = Math.max(worst.direct, direct / 1000);
    worst.relayed = Math.max(worst.relayed, relayed / 1000);
  }
  console.log(`join_first_packet_s ${worst.direct.toFixed(2)}`);
  console.log(`join_first_relayed_packet_s ${worst.relayed.toFixed(2)}`);
} finally {
  await lab.close();
}
