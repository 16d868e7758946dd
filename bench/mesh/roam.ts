// A host that moves between two networks: the worst time until the other end has shaken hands with it anew, and the longest
// gap in its pings, of ten moves.
import { agentNetwork, handshakeAt, reaches } from "../../test/e2e/agent-network.ts";
import { createLab } from "../../test/lab/lab.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { waitFor } from "../../test/lab/wait-for.ts";

const moves = 10;
const lab = createLab();
try {
  const internet = await lab.internet();
  const lans = await Promise.all([lab.nat("home", { kind: "easy" }), lab.nat("cafe", { kind: "easy" })]);
  const [server, laptop] = await Promise.all([
    lab.host("server", { on: internet }),
    lab.host("laptop", { on: lans[0]! }),
  ]);
  const net = agentNetwork(lab);
  const far = net.join(server, { endpoint: `${server.addresses.ipv4}:51820` });
  const near = net.join(laptop);
  net.apply([{ from: "laptop", to: "server", allow: "icmp" }]);
  for (const one of [far, near]) one.startAgent();
  await reaches(near, far, "pw0");
  const [handshakes, gaps]: [number[], number[]] = [[], []];
  for (let move = 1; move <= moves; move++) {
    const pings = await pinger(laptop, far.ipv4(), { intervalMs: 10 });
    const before = await handshakeAt(far, "pw0", near);
    await waitFor(() => Math.floor(Date.now() / 1000) > before + 4, { what: "another second" }); // as coarse as `wg` tells it
    await laptop.moveTo(lans[move % 2]!);
    const movedAt = performance.now();
    await waitFor(async () => (await handshakeAt(far, "pw0", near)) > before, { what: "a handshake" });
    handshakes.push((performance.now() - movedAt) / 1000);
    const { received } = pings.report();
    await waitFor(() => pings.report().received > received + 20, { what: "answers" });
    gaps.push((await pings.stop()).longestGapMs / 1000);
  }
  console.log(`roam_handshake_s ${Math.max(...handshakes).toFixed(2)}`);
  console.log(`roam_gap_s ${Math.max(...gaps).toFixed(2)}`);
} finally {
  await lab.close();
}
