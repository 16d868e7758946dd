// A path that begins to lose packets of more than 1300 bytes without a word: the worst time of five until the host that sends
// has found what passes, and until its download goes on.
import { agentNetwork, reaches } from "../../test/e2e/agent-network.ts";
import { createLab } from "../../test/lab/lab.ts";
import { waitFor } from "../../test/lab/wait-for.ts";

const [trials, narrow, found] = [5, 1300, 1232];
const endless = `require("node:http").createServer((_, response) => {
  const more = () => { while (response.write(Buffer.alloc(65536))); };
  response.on("drain", more); more();
}).listen(8080, "::")`;
const lab = createLab();
try {
  const internet = await lab.internet();
  const [server, laptop] = await Promise.all([
    lab.host("server", { on: internet }),
    lab.host("laptop", { on: internet }),
  ]);
  const net = agentNetwork(lab);
  const [far, near] = [server, laptop].map((host) => net.join(host, { endpoint: `${host.addresses.ipv4}:51820` })) as [
    ReturnType<typeof net.join>,
    ReturnType<typeof net.join>,
  ];
  net.apply([{ from: "laptop", to: "server", allow: "any" }]);
  server.start([process.execPath, "-e", endless], { name: "server" });
  const [founds, resumed]: [number[], number[]] = [[], []];
  const mtu = () => far.status()?.peers[0]?.mtu;
  const received = async () => Number(await laptop.readFile("/sys/class/net/pw0/statistics/rx_bytes"));
  const more = async (bytes: number) => {
    const before = await received();
    await waitFor(async () => (await received()) > before + bytes, { what: "more of the download", timeoutMs: 60_000 });
  };
  for (let trial = 0; trial < trials; trial++) {
    for (const one of [far, near]) one.startAgent();
    await Promise.all([reaches(far, near, "pw0"), reaches(near, far, "pw0")]);
    await waitFor(() => mtu() === 1420, { what: "the whole path to be measured", timeoutMs: 60_000 });
    const download = laptop.start([
      "curl",
      "-s",
      "--limit-rate",
      "4M",
      "-o",
      "/dev/null",
      `http://${far.ipv4()}:8080/`,
    ]);
    await more(2 ** 21);
    await laptop.narrow(narrow);
    const at = performance.now();
    await Promise.all([
      waitFor(() => mtu() === found, { what: "what passes", timeoutMs: 60_000 }).then(() =>
        founds.push((performance.now() - at) / 1000),
      ),
      more(2 ** 18).then(() => resumed.push((performance.now() - at) / 1000)),
    ]);
    await download.stop();
    await laptop.narrow(1500);
    for (const one of [far, near]) {
      one.agent().kill("SIGTERM");
      await one.agent().exited;
    }
  }
  console.log(`mtu_black_hole_found_s ${Math.max(...founds).toFixed(2)}`);
  console.log(`mtu_black_hole_resumed_s ${Math.max(...resumed).toFixed(2)}`);
} finally {
  await lab.close();
}
