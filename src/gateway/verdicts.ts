// What the edge process says of targets: those that must not be used, each with the reason, and those that are far. It says all of them each time,
// on a lease: when nobody checks any more, nothing is known, and every target takes part again. They are in pw_health, not in
// the snapshot: they are observed, not desired (docs/decisions/0005-health-verdicts.md).
//
//   down            {"orders/api-1": "status 503"}, {"orders/api-2": true} and until when, as LuaJIT writes it
//   downs           counts the posts that changed anything
import type { HealthPost } from "../wire/edge-state.ts";

const health = ngx.shared.pw_health;
const buffer: StringBuffer = require("string.buffer");

interface Verdicts {
  /** On the clock of nowMs. */
  readonly untilMs: number;
  readonly reasons: Readonly<Record<string, string>>;
  readonly far: Readonly<Record<string, boolean>>;
}

const nothing: Verdicts = { untilMs: Infinity, reasons: {}, far: {} };
/** As this worker has read them. */
const own: { count: number; verdicts: Verdicts } = { count: 0, verdicts: nothing };

/** Why the target (`service/target`) must not be used. */
export function verdictOn(id: string): string | undefined {
  return own.verdicts.reasons[id];
}

/** The target is used only when no other of its tier is healthy. */
export function isFar(id: string): boolean {
  return own.verdicts.far[id] === true;
}

/** Puts them where all workers see them; returns why not. */
export function publishVerdicts({ leaseMs, down, far: farTargets }: HealthPost, nowMs: number): string | undefined {
  const reasons: Record<string, string> = {};
  for (const { service, target, reason } of down) reasons[`${service}/${target}`] = reason;
  const far: Record<string, boolean> = {};
  for (const { service, target } of farTargets ?? []) far[`${service}/${target}`] = true;
  const before = stored();
  const verdicts: Verdicts = { untilMs: nowMs + leaseMs, reasons, far };
  const [ok, problem] = health.safe_set("down", buffer.encode(verdicts), leaseMs / 1000);
  if (!ok) return problem ?? "no memory";
  if (!isSame(before, verdicts)) health.incr("downs", 1, 0);
  return undefined;
}

/** Reads on when they changed, or when a lease is over; tells whether others are in force now. */
export function followVerdicts(nowMs: number): boolean {
  const [count] = health.get("downs");
  const changes = (count as number | undefined) ?? 0;
  if (changes === own.count && nowMs <= own.verdicts.untilMs) return false;
  const before = own.verdicts;
  own.count = changes;
  own.verdicts = stored();
  return !isSame(before, own.verdicts);
}

function stored(): Verdicts {
  const [bytes] = health.get("down");
  if (bytes === undefined) return nothing;
  const { untilMs, reasons, far } = buffer.decode(bytes as string) as Partial<Verdicts>; // of an nginx that was replaced
  return { untilMs: untilMs ?? 0, reasons: reasons ?? {}, far: far ?? {} };
}

function isSame(one: Verdicts, other: Verdicts): boolean {
  return holdsSame(one.reasons, other.reasons) && holdsSame(one.far, other.far);
}

type Flat = Readonly<Record<string, string | boolean>>;

function holdsSame(one: Flat, other: Flat): boolean {
  for (const id in one) if (one[id] !== other[id]) return false;
  for (const id in other) if (one[id] === undefined) return false;
  return true;
}
