// Waits until nothing is left of what is drained, and tells how much is.
import { systemClock } from "../lib/clock.ts";
import { type DrainsAnswer, type DrainView, drainName, drainStateText, isNothing, leftText } from "../wire/drains.ts";
import { AppError } from "../wire/errors.ts";
import type { Context } from "./context.ts";
import { until } from "./when.ts";

const pollMs = 500;
/** Edges end what is left at the deadline and say so within seconds; one that does not is not there. */
const patienceMs = 20_000;

export interface Waited {
  readonly drains: readonly DrainView[];
  /** Nothing is left; false: an edge does not say so, or the person gave up waiting. */
  readonly drained: boolean;
}

/** Waits for drains that have just begun, with `forMs` until their deadline: control's clock may not be this machine's. */
export async function waitUntilDrained(context: Context, begun: readonly DrainView[], forMs: number): Promise<Waited> {
  const names = begun.map(drainName);
  const givesUpAt = systemClock.monotonic() + forMs + patienceMs;
  const said = new Map<string, string>();
  for (;;) {
    const drains = await lookAt(context, names);
    for (const drain of drains) say(context, drain, said);
    if (drains.every(({ state }) => state === "drained")) return { drains, drained: true };
    if (context.stop.aborted) {
      context.note(`it goes on; to take it back: portway undrain ${names.join(" ")}`);
      return { drains, drained: false };
    }
    if (systemClock.monotonic() >= givesUpAt) return { drains, drained: false };
    await systemClock.sleep(pollMs, context.stop);
  }
}

async function lookAt(context: Context, names: readonly string[]): Promise<readonly DrainView[]> {
  const { drains } = await context.api().call<DrainsAnswer>("drainsList");
  return names.map((name) => {
    const found = drains.find((drain) => drainName(drain) === name);
    if (found) return found;
    throw new AppError("notFound", `${name} is drained no longer: it was taken back, or the file has it no more`, {
      hint: "`portway audit` says by whom",
    });
  });
}

/** A line for each change of what is left. */
function say(context: Context, drain: DrainView, said: Map<string, string>): void {
  const name = drainName(drain);
  const state = drainStateText(drain);
  const text = drain.state === "drained" ? state : `${state}, ${leftText(drain.left)} left`;
  if (said.get(name) === text) return;
  said.set(name, text);
  const end = isNothing(drain.left) ? "" : `, ended ${until(drain.endsAt)}`;
  context.note(`${name}: ${text}${drain.state === "drained" ? "" : end}`);
}
