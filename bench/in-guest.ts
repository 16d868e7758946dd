// Runs a bench on Debian's own kernel: in a guest, where it makes its lab as it would here, with WireGuard in the kernel.
import { runGuest } from "../test/guest/guest.ts";
import { whyNoGuest } from "../test/guest/machine.ts";

export interface InGuest {
  /** Settings of the bench, as variables. */
  readonly env?: Readonly<Record<string, number>>;
  /** Put before the name of each figure. */
  readonly prefix?: string;
  /** As long as it may take, on a busy machine. */
  readonly minutes: number;
}

/** Labs wait so many times as long for what they wait for. */
const patience = 3;

/** Runs a file of bench/ and prints its figures, or the reason why it cannot be run here. */
export async function benchInGuest(file: string, { env = {}, prefix = "", minutes }: InGuest): Promise<void> {
  const why = await whyNoGuest();
  if (why !== undefined) return console.log(`# ${file} in a guest: skipped: ${why}`);
  const settings = Object.entries({ PATIENCE: patience, NODE_COMPILE_CACHE: "/tmp/node", ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const script = `${settings.join(" ")} exec node /opt/portway/bench/${file}`;
  const { code, stdout, stderr } = await runGuest({
    script,
    steady: true,
    memoryMiB: 3072,
    timeoutMs: minutes * 60_000,
  });
  process.stdout.write(stdout.replaceAll(/^(?=\w)/gm, prefix));
  process.stderr.write(stderr);
  if (code !== 0) throw new Error(`${file} ended with ${code} in the guest`);
}
