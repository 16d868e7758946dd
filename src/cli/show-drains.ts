// What is drained, as `portway drain` and `portway status` show it.
import { type DrainView, drainName, drainStateText, leftText } from "../wire/drains.ts";
import type { Context } from "./context.ts";
import { ago, until } from "./when.ts";

export function showDrains(context: Context, drains: readonly DrainView[]): void {
  const { strong, warn, good } = context.colour;
  const rows = drains.map((drain) => [
    strong(drainName(drain)),
    (drain.state === "drained" ? good : warn)(drainStateText(drain)),
    leftText(drain.left),
    drain.drainedAt === undefined ? `${until(drain.endsAt)} at the latest` : ago(drain.drainedAt),
    drain.by,
  ]);
  context.table([["DRAIN", "STATE", "LEFT", "ENDED", "BY"], ...rows]);
}
