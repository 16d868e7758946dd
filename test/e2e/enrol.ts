// Hosts that join without starting anything, by way of the command that agent-enrol.ts is.
import { join } from "node:path";
import type { TokenCreated } from "../../src/wire/api.ts";
import type { Host } from "../lab/lab.ts";

const timeoutMs = 60_000;

/** Joins a host under a name, by a token that `control`'s command line makes (`--host NAME` unless other words are told). */
export async function enrol(
  control: Host,
  host: Host,
  name = host.name,
  words: readonly string[] = ["--host", name],
): Promise<void> {
  await redeem(host, [await tokenFor(control, words), name]);
}

/** Joins a host and, with their files on it, others that stand for machines which are not there. */
export async function enrolWith(control: Host, host: Host, others: readonly string[]): Promise<void> {
  const names = [host.name, ...others];
  const tokens = await Promise.all(names.map((name) => tokenFor(control, ["--host", name])));
  await redeem(
    host,
    names.flatMap((name, index) => [tokens[index]!, name]),
  );
}

async function tokenFor(control: Host, words: readonly string[]): Promise<string> {
  const made = await control.run(["portway", "--json", "token", "create", ...words], { timeoutMs });
  return (JSON.parse(made.stdout) as TokenCreated).token;
}

async function redeem(host: Host, words: readonly string[]): Promise<void> {
  await host.run([process.execPath, join(import.meta.dirname, "agent-enrol.ts"), ...words], { timeoutMs });
}
