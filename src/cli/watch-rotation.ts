// A rotation on the terminal: how it stands, and each step as it happens.
import { systemClock } from "../lib/clock.ts";
import type { RotationAnswer, RotationReport } from "../wire/rotation.ts";
import type { Context } from "./context.ts";
import { ago, spanOf } from "./when.ts";

/** What a person reads of a phase. */
const phaseTexts: Readonly<Record<string, string>> = {
  prepare: "makes a new key",
  bypass: "proves another path for each pair",
  rest: "moves packets to the other path",
  tell: "tells the other ends the new key",
  swap: "takes the new key",
  prove: "proves the new key",
  return: "moves packets back",
  linger: "lets the last packets of the other path arrive",
  close: "cleans up",
};

const pollMs = 300;

export function showRotation(context: Context, { run, keys }: RotationAnswer): void {
  if (run !== undefined) {
    context.print(headline(run));
    const active = run.active.map(({ host, plane, ...step }) => [host, plane, stepText(step)]);
    const pending = run.pending.map(({ host, planes, waitsFor }) => [host, planes.join(" "), waitsFor ?? "comes next"]);
    const failed = run.failed.map(({ host, plane, reason }) => [host, plane, context.colour.bad(`old key: ${reason}`)]);
    if (active.length + pending.length + failed.length > 0) context.table([...active, ...pending, ...failed], "  ");
  }
  for (const line of keyLines({ keys })) context.print(line);
}

/** How old keys are, and what is due. */
export function keyLines({ keys }: Pick<RotationAnswer, "keys">): readonly string[] {
  const { oldest, everyMs, due, inUse } = keys;
  if (oldest === undefined) return ["no keys in use"];
  const age = `${inUse} keys in use, the oldest ${ago(oldest.since)} (${oldest.host} ${oldest.plane})`;
  if (everyMs === undefined) return [age];
  const owed = due.length === 0 ? "none is due" : `due: ${due.map(({ host, plane }) => `${host} ${plane}`).join(", ")}`;
  return [`${age}; renewed every ${spanOf(everyMs / 1000)}, ${owed}`];
}

/** Follows it to its end; 1 when a key is still the old one. */
export async function watchRotation(context: Context): Promise<number> {
  const told = new Set<string>();
  for (;;) {
    const answer = await context.api().call<RotationAnswer>("rotationGet");
    const { run } = answer;
    if (run === undefined) {
      context.answer(answer, () => context.print("there never was a rotation"));
      return 0;
    }
    for (const [key, line] of happenings(run)) {
      if (told.has(key)) continue;
      told.add(key);
      if (!context.json) context.print(`${context.colour.dim(new Date().toTimeString().slice(0, 8))}  ${line}`);
    }
    if (run.endedAt !== undefined) {
      context.answer(answer, () => context.print(headline(run)));
      return run.failed.length > 0 || run.abortedBy !== undefined ? 1 : 0;
    }
    await systemClock.sleep(pollMs, context.stop);
    if (context.stop.aborted) {
      context.note("it goes on without being watched; `portway rotate --abort` ends it");
      return 0;
    }
  }
}

/** What is told once each, by a key of its own. */
function happenings({ active, pending, failed }: RotationReport): readonly (readonly [string, string])[] {
  return [
    ...active.map(({ host, plane, phase, undo }): [string, string] => {
      const text = undo === undefined ? (phaseTexts[phase] ?? phase) : `goes back to the old key: ${undo}`;
      return [`${host} ${plane} ${undo === undefined ? phase : "undo"}`, `${host} ${plane}  ${text}`];
    }),
    ...pending
      .filter(({ waitsFor }) => waitsFor !== undefined && /unreachable|does not follow/.test(waitsFor))
      .map(({ host, waitsFor }): [string, string] => [`${host} ${waitsFor}`, `${host}  waits: ${waitsFor}`]),
    ...failed.map(({ host, plane, reason }): [string, string] => [
      `${host} ${plane} failed`,
      `${host} ${plane}  has the old key: ${reason}`,
    ]),
  ];
}

function stepText({ phase, waitsFor, undo }: Omit<RotationReport["active"][number], "host" | "plane">): string {
  const text = undo === undefined ? (phaseTexts[phase] ?? phase) : `goes back to the old key: ${undo}`;
  return waitsFor === undefined ? text : `${text}; ${waitsFor}`;
}

function headline({ number, endedAt, renewed, failed, pending, active, abortedBy }: RotationReport): string {
  const counts = [
    `${renewed} ${renewed === 1 ? "key is" : "keys are"} new`,
    ...(failed.length > 0 ? [`${failed.length} not`] : []),
    ...(active.length > 0 ? [`${active.length} under way`] : []),
    ...(pending.length > 0 ? [`${pending.length} ${pending.length === 1 ? "host" : "hosts"} to come`] : []),
  ];
  const state = abortedBy === undefined ? (endedAt ? `ended ${ago(endedAt)}` : "goes on") : `aborted by ${abortedBy}`;
  return `rotation ${number} ${state}: ${counts.join(", ")}`;
}
