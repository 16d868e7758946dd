// What a new key costs without planes, for comparison with rotation.ts: one interface a host, pings every 2 ms, and either end
// told half a second after the other.
//
//   internet ──┬── a ──┬── b        wireguard-go, 10.9.0.1 and 10.9.0.2
//
// swap: a takes the new key, then b takes the new peer instead of the old one. both: b takes the new peer beside the old one,
// with the same AllowedIPs, then a takes the new key.
import { setTimeout } from "node:timers/promises";
import { createLab, type Host } from "../../test/lab/lab.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { waitFor } from "../../test/lab/wait-for.ts";

const runs = Number(process.env["RUNS"] ?? 3);
const apartMs = 500;
/** A handshake that found nobody is tried again after 5 s. */
const watchMs = 8_000;

const lab = createLab();
try {
  const internet = await lab.internet();
  const [a, b] = [await lab.host("a", { on: internet }), await lab.host("b", { on: internet })];
  for (const [host, address] of [
    [a, "10.9.0.1/24"],
    [b, "10.9.0.2/24"],
  ] as const) {
    host.start(["wireguard-go", "-f", "wg0"]);
    await waitFor(async () => (await host.run(["wg", "show", "wg0"], { check: false })).code === 0, { what: "wg0" });
    await host.ip([`address add ${address} dev wg0`, "link set wg0 up"]);
  }
  let generation = 0;
  const keyOf = async (host: Host) => {
    const file = `/run/root/key-${++generation}`;
    await host.run(["sh", "-c", `umask 077; wg genkey >${file}`]);
    return { file, publicKey: (await host.run(["sh", "-c", `wg pubkey <${file}`])).stdout.trim() };
  };
  const words = (publicKey: string, other: Host, address: string) =>
    ["peer", publicKey, "endpoint", `${other.addresses.ipv4}:51820`, "allowed-ips", `${address}/32`] as const;

  for (const kind of ["swap", "both"] as const) {
    const [lost, gaps]: number[][] = [[], []];
    for (let run = 0; run < runs; run++) {
      let [ofA, ofB] = [await keyOf(a), await keyOf(b)];
      for (const [host, key] of [
        [a, ofA],
        [b, ofB],
      ] as const)
        await host.run([
          "sh",
          "-c",
          `for old in $(wg show wg0 peers); do wg set wg0 peer $old remove; done; wg set wg0 listen-port 51820 private-key ${key.file}`,
        ]);
      await a.run(["wg", "set", "wg0", ...words(ofB.publicKey, b, "10.9.0.2")]);
      await b.run(["wg", "set", "wg0", ...words(ofA.publicKey, a, "10.9.0.1")]);
      const pings = await pinger(a, "10.9.0.2", { intervalMs: 2 });
      await waitFor(() => pings.report().received > 500, { what: "pings" });
      const old = ofA;
      ofA = await keyOf(a);
      const take = () => a.run(["wg", "set", "wg0", "private-key", ofA.file]);
      const tell = () => b.run(["wg", "set", "wg0", ...words(ofA.publicKey, a, "10.9.0.1")]);
      if (kind === "swap") {
        await take();
        await setTimeout(apartMs);
        await b.run(["wg", "set", "wg0", "peer", old.publicKey, "remove", ...words(ofA.publicKey, a, "10.9.0.1")]);
      } else {
        await tell();
        await setTimeout(apartMs);
        await take();
      }
      await setTimeout(watchMs);
      const report = await pings.stop();
      lost!.push(report.lost);
      gaps!.push(report.longestGapMs / 1000);
    }
    console.log(`rotation_naive_${kind}_pings_lost ${lost!.join(" ")}`);
    console.log(`rotation_naive_${kind}_longest_gap_s ${gaps!.map((gap) => gap.toFixed(1)).join(" ")}`);
  }
} finally {
  await lab.close();
}
