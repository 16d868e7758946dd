// A host that moves between two networks, the first three times in the middle of a download of 200 MB that has to arrive whole
// by its one connection: the worst time until the other end has shaken hands with it anew, and the longest gap in its pings,
// of ten moves. And one that is suspended while an hour passes: the worst time until its pings are answered, of five.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentNetwork, handshakeAt, reaches } from "../../test/e2e/agent-network.ts";
import { startDownload } from "../../test/e2e/download.ts";
import { jumpingClock } from "../../test/e2e/system.ts";
import { createLab } from "../../test/lab/lab.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { waitFor } from "../../test/lab/wait-for.ts";

const [moves, downloads, suspensions] = [10, 3, 5];
const [megabytes, rate] = [200, 20];
const hourMs = 3_600_000;
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
  net.apply([{ from: "laptop", to: "server", allow: "any" }]);
  const clockFile = join(near.stateDir, "clock.json");
  far.startAgent();
  near.startAgent(jumpingClock(clockFile));
  await reaches(near, far, "pw0");
  const [handshakes, gaps]: [number[], number[]] = [[], []];
  for (let move = 1; move <= moves; move++) {
    const what = { megabytes, rate };
    const download = move <= downloads ? await startDownload([server, far.ipv4()], laptop, what) : undefined;
    const pings = await pinger(laptop, far.ipv4(), { intervalMs: 10 });
    const before = await handshakeAt(far, "pw0", near);
    await waitFor(() => Math.floor(Date.now() / 1000) > before + 4, { what: "another second" }); // as coarse as `wg` tells it
    await download?.arrived(megabytes / 2);
    await laptop.moveTo(lans[move % 2]!);
    const movedAt = performance.now();
    await waitFor(async () => (await handshakeAt(far, "pw0", near)) > before, { what: "a handshake" });
    handshakes.push((performance.now() - movedAt) / 1000);
    const { received } = pings.report();
    await waitFor(() => pings.report().received > received + 20, { what: "answers" });
    gaps.push((await pings.stop()).longestGapMs / 1000);
    await download?.whole;
  }
  const resumed: number[] = [];
  const signal = (name: NodeJS.Signals) => {
    for (const { pid } of laptop.processes()) process.kill(pid, name);
  };
  const sees = (online: boolean) => far.status()?.peers[0]?.online === online;
  for (let hour = 1; hour <= suspensions; hour++) {
    await waitFor(() => sees(true), { what: "the server to see it" });
    signal("SIGSTOP");
    try {
      await waitFor(() => sees(false), { what: "the server to miss it" });
      writeFileSync(clockFile, JSON.stringify({ wallMs: hour * hourMs, monotonicMs: hour * hourMs }));
    } finally {
      signal("SIGCONT");
    }
    const wokenAt = performance.now();
    const pings = await pinger(laptop, far.ipv4(), { intervalMs: 10 });
    resumed.push((performance.now() - wokenAt) / 1000);
    await pings.stop();
  }
  console.log(`roam_handshake_s ${Math.max(...handshakes).toFixed(2)}`);
  console.log(`roam_download_mb ${megabytes}`);
  console.log(`roam_gap_s ${Math.max(...gaps).toFixed(2)}`);
  console.log(`resume_s ${Math.max(...resumed).toFixed(2)}`);
} finally {
  await lab.close();
}
