// The real clock of a host with WireGuard in Debian's kernel (bench/guest-lab.ts has the picture) set ten minutes back, to what it
// was, ten minutes ahead, and back again, under pings from both its peers and to one of them. WireGuard's handshakes carry that
// clock, so that after it was set back whoever knows a later one refuses them: a leg to a relay is then silent from the end of its
// session on (180 s after its handshake), unless the relay has something to send to it and shakes hands from its side, until the
// relay adds it anew. At the last jump laptop-1's agent is stopped, so that nobody asks by the relay that no packets go by.
// `DELAY_MS=0`, `PING_MS=50`.
import { setTimeout } from "node:timers/promises";
import { whyNoGuest } from "../../test/guest/machine.ts";
import type { Host } from "../../test/lab/lab.ts";
import { waitFor } from "../../test/lab/wait-for.ts";
import { type GuestLab, openGuestLab, pingKernel } from "../guest-lab.ts";

const print = (name: string, value: number | string) => console.log(`clock_kernel_${name} ${value}`);
const sessionSeconds = 180;
/** No session can end so soon after a jump: the one that is in use is renewed when it is 120 s old. */
const soonMs = 50_000;

const why = await whyNoGuest();
if (why === undefined) await measure();
else console.log(`# clocks with kernel WireGuard: skipped: ${why}`);

async function measure() {
  const lab = await openGuestLab({ delayMs: Number(process.env["DELAY_MS"] ?? 0) });
  try {
    const keys = Object.fromEntries(
      await Promise.all(lab.relays.map(async ({ host: { name } }) => [name, await legKey(lab, name)] as const)),
    );
    const legs = () => Promise.all(lab.relays.map(({ host }) => handshake(host, keys[host.name]!)));
    for (const [name, minutes] of [
      ["back", -10],
      ["restored", 10],
      ["ahead", 10],
      ["back_from_ahead", -10],
    ] as const) {
      if (name === "back_from_ahead") lab.laptopAgent().kill("SIGSTOP");
      const [before, stop] = [await legs(), await pingKernel(lab)];
      const changes = await changesOf(lab);
      await lab.kernel.run(`date -s '${minutes} minutes'`);
      const shaken = nextHandshakes(legs, before);
      await setTimeout(soonMs);
      const made = (await changesOf(lab)).slice(changes.length);
      print(`${name}_changes`, made.length);
      for (const command of made) console.log(`  ${command}`);
      const after = await shaken;
      const reports = Object.values(await stop());
      print(`${name}_silent_s`, Math.max(0, ...after.map((at, index) => at - before[index]! - sessionSeconds)));
      print(
        `${name}_pings`,
        reports.reduce((sum, { received }) => sum + received, 0),
      );
      print(
        `${name}_pings_lost`,
        reports.reduce((sum, { lost }) => sum + lost, 0),
      );
      const { hosts } = await lab.portway<{ readonly hosts: readonly { readonly online?: boolean }[] }>("status");
      print(`${name}_hosts_online`, hosts.filter(({ online }) => online).length);
    }
  } finally {
    await lab.close();
  }
}

/** The key of kernel-1's leg to that relay. */
async function legKey({ kernel, statusOf }: GuestLab, relay: string): Promise<string> {
  const plane = (await statusOf(kernel.name))!.relays!.find(({ host }) => host === relay)!.plane;
  return (await kernel.run(`wg show ${plane} public-key`)).stdout.trim();
}

/** When the relay last shook hands with it, Unix seconds of the relay's clock. */
async function handshake(relay: Host, key: string): Promise<number> {
  const { stdout } = await relay.run(["wg", "show", "pwr", "latest-handshakes"]);
  return Number(
    stdout
      .split("\n")
      .find((line) => line.startsWith(key))
      ?.split("\t")[1] ?? 0,
  );
}

/** Waits until all legs have shaken hands once more; when each did so first. */
async function nextHandshakes(legs: () => Promise<number[]>, before: readonly number[]): Promise<readonly number[]> {
  const next: number[] = [];
  const look = async () => {
    for (const [index, at] of (await legs()).entries()) if (at > before[index]!) next[index] ??= at;
    return before.every((_, index) => next[index] !== undefined);
  };
  await waitFor(look, { what: "new handshakes of all legs", timeoutMs: 400_000, intervalMs: 500 });
  return next;
}

/** Commands by which its agent has changed the machine so far. */
async function changesOf({ kernel }: GuestLab): Promise<readonly string[]> {
  const grep = `journalctl -o cat -u portway-agent | grep '"msg":"change"'`;
  const { stdout } = await kernel.run(grep, { check: false, timeoutMs: 300_000 });
  return stdout.split("\n").flatMap((line) => /"command":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? []);
}
