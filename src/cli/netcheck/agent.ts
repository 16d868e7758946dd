// Asks this host's agent how its line is.
import type { Clock } from "../../lib/clock.ts";
import { request } from "../../lib/http.ts";
import type { LineView } from "../../wire/netcheck.ts";

const port = 9146;
const [patienceMs, pollMs] = [4_000, 250];

/** Undefined: no agent runs. Relays that answer get a moment to say where they see this host. */
export async function askAgent(clock: Pick<Clock, "monotonic" | "sleep">): Promise<LineView | undefined> {
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    const view = await ask();
    const isWhole = view?.relays.every(({ online, mapping }) => !online || mapping !== undefined) ?? true;
    if (isWhole || clock.monotonic() >= until) return view;
    await clock.sleep(pollMs);
  }
}

async function ask(): Promise<LineView | undefined> {
  try {
    const reply = await request({ url: `http://127.0.0.1:${port}`, path: "/line", timeoutMs: 2_000 });
    return reply.status === 200 ? (JSON.parse(reply.body) as LineView) : undefined;
  } catch {
    return undefined; // nothing answers there, or not an agent
  }
}
