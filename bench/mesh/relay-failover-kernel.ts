// How long pings stay away when a relay goes dark that carries them to a host with WireGuard in Debian's kernel
// (bench/guest-lab.ts has the picture), two of each kind. What the emulated agent needs to see it and to move its route is part of it.
// `ROUNDS=2`.
import { setTimeout } from "node:timers/promises";
import { relayFaults } from "../../test/e2e/relay-lab.ts";
import { whyNoGuest } from "../../test/guest/machine.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { waitFor } from "../../test/lab/wait-for.ts";
import { addresses, type GuestLab, openGuestLab } from "../guest-lab.ts";

const rounds = Number(process.env["ROUNDS"] ?? 2);
/** Of a relay that status names still, and that carries nothing by now. */
const nothingMs = 200;
/** Both ends have left it, and do not come back to it. */
const settledMs = 10_000;

const why = await whyNoGuest();
if (why === undefined) await measure();
else console.log(`# relays with kernel WireGuard: skipped: ${why}`);

async function measure() {
  const lab = await openGuestLab({ delayMs: 0 });
  try {
    const gapsMs: number[] = [];
    for (let round = 0; round < rounds; round++) for (const fault of relayFaults) gapsMs.push(await gapOf(lab, fault));
    const felt = gapsMs.filter((ms) => ms > nothingMs);
    console.log(`relay_failover_kernel_trials ${felt.length}`);
    console.log(`relay_failover_kernel_worst_s ${(Math.max(...felt) / 1000).toFixed(2)}`);
  } finally {
    await lab.close();
  }
}

async function gapOf(lab: GuestLab, { what, make, undo }: (typeof relayFaults)[number]): Promise<number> {
  const relay = await waitFor(() => relayInUse(lab), { what: "a relay between the two" });
  const pings = await pinger(lab.laptop, addresses.kernel, { intervalMs: 20 });
  await make(relay);
  const atMs = pings.report().received;
  await waitFor(() => pings.report().received > atMs + 20, { what: "answers by another relay", timeoutMs: 120_000 });
  await setTimeout(settledMs);
  const { longestGapMs, lost } = await pings.stop();
  await undo(relay);
  await lab.warm();
  console.log(`  ${relay.host.name}, ${what}: ${Math.round(longestGapMs)} ms, ${lost} pings lost`);
  return longestGapMs;
}

async function relayInUse({ statusOf, kernel, laptop, relays }: GuestLab) {
  const via = (await statusOf(kernel.name))?.peers.find((peer) => peer.host === laptop.name)?.path?.via;
  return relays.find(({ host }) => host.name === via);
}
