// Hosts that join without starting anything, by way of the command that agent-enrol.ts is.
import { join } from "node:path";
import type { TokenCreated } from "../../src/wire/api.ts";
import type { Host } from "../lab/lab.ts";

/** Joins a host under a name, by a token that `control`'s command line makes (`--host NAME` unless other words are told). */
export async function enrol(
  control: Host,
  host: Host,
  name = host.name,
  words: readonly string[] = ["--host", name],
): Promise<void> {
  const made = await control.run(["portway", "--json", "token", "create", ...words], { timeoutMs: 60_000 });
  const { token } = JSON.parse(made.stdout) as TokenCreated;
  const command = [process.execPath, join(import.meta.dirname, "agent-enrol.ts"), token, name];
  await host.run(command, { timeoutMs: 60_000 });
}
