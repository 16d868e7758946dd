// The registry's first entry: which authority it belongs to.
import type { Clock } from "../lib/clock.ts";
import { put, type Registry } from "../registry/store.ts";
import { AppError } from "../wire/errors.ts";
import type { Authority } from "./authority.ts";
import { commitsTo } from "./commit.ts";
import { type SettingsRecord, settingsKey } from "./keys.ts";

type Owner = Pick<Authority, "fingerprint">;

/**
 * Makes an empty registry this authority's, and refuses another one's with `notRunning`: no host's certificate would be
 * known any more.
 */
export async function demandSameAuthority(
  registry: Registry,
  { fingerprint: authority }: Owner,
  clock: Pick<Clock, "now">,
): Promise<void> {
  if (await belongsTo(registry, authority)) return;
  await commitsTo(registry, clock)("system", async () => {
    await belongsTo(registry, authority); // another control may have begun it just now
    const settings: SettingsRecord = { authority, createdAt: new Date(clock.now()).toISOString() };
    return {
      writes: [put(settingsKey, JSON.stringify(settings))],
      audit: { action: "registry.begin", subject: "registry", details: { authority } },
      result: undefined,
    };
  });
}

/** Whether it does; false when it is nobody's yet. */
async function belongsTo(registry: Registry, authority: string): Promise<boolean> {
  const entry = await registry.get(settingsKey);
  if (!entry) return false;
  const { authority: known } = JSON.parse(entry.value) as SettingsRecord;
  if (known === authority) return true;
  throw new AppError("notRunning", "the authority's files are not those that this registry was made with", {
    hint: "restore root.pem, intermediate.pem and intermediate.key, or begin anew with an empty registry",
  });
}
