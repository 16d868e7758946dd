// Keys renewed of a host with WireGuard in Debian's kernel whose line takes 50 ms each way, under pings from both its peers and
// to one of them (bench/guest-lab.ts has the picture). `RUNS=1`, `DELAY_MS=50`, `PING_MS=50`, `WHOSE=--all`.
import type { RotationAnswer } from "../../src/wire/rotation.ts";
import { whyNoGuest } from "../../test/guest/machine.ts";
import { openGuestLab, pingKernel } from "../guest-lab.ts";

const setting = (name: string, usual: number) => Number(process.env[name] ?? usual);
const [runs, delayMs] = [setting("RUNS", 1), setting("DELAY_MS", 50)];
const whose = (process.env["WHOSE"] ?? "--all").split(" ");
const print = (name: string, value: number | string) => console.log(`rotation_kernel_${name} ${value}`);

const why = await whyNoGuest();
if (why === undefined) await measure();
else console.log(`# rotation with kernel WireGuard: skipped: ${why}`);

async function measure() {
  const lab = await openGuestLab({ delayMs });
  try {
    const stop = await pingKernel(lab);
    const seconds: number[] = [];
    const [renewed, failed]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      const began = performance.now();
      await lab.edge.run(["portway", "rotate", ...whose, "--watch"], { check: false, timeoutMs: 1_800_000 });
      seconds.push((performance.now() - began) / 1000);
      const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "http://control/v1/rotation"];
      const report = (JSON.parse((await lab.edge.run(words)).stdout) as RotationAnswer).run!;
      renewed.push(report.renewed);
      failed.push(report.failed.length);
      for (const { host, plane, reason } of report.failed) console.error(`${host} ${plane}: ${reason}`);
    }
    const reports = Object.values(await stop());
    print("delay_ms", delayMs);
    print("keys_renewed", renewed.join(" "));
    print("keys_failed", failed.join(" "));
    print("s", seconds.map((one) => one.toFixed(0)).join(" "));
    print(
      "pings",
      reports.reduce((sum, { received }) => sum + received, 0),
    );
    print(
      "pings_lost",
      reports.reduce((sum, { lost }) => sum + lost, 0),
    );
    print("longest_gap_ms", Math.max(...reports.map(({ longestGapMs }) => longestGapMs)).toFixed(0));
  } finally {
    await lab.close();
  }
}
