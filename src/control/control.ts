// Control without its listeners: the registry's facts, what follows from them for every host, and what hosts say.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { version } from "../lib/version.ts";
import type { ControlDoor } from "../plan/cut-off.ts";
import { type Compiler, createCompiler } from "../plan/recompile.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import type { Registry } from "../registry/store.ts";
import type { StatusAnswer } from "../wire/api.ts";
import type { RotationAnswer } from "../wire/rotation.ts";
import type { Warning } from "../wire/warnings.ts";
import { keepAbsence } from "./absence.ts";
import { announcer } from "./announce.ts";
import type { Authority } from "./authority.ts";
import { type Clones, createClones } from "./clones.ts";
import { type Commit, commitsTo } from "./commit.ts";
import { coalesced, type Desired, desiredFrom, desiredInSteps, nothingDesired } from "./desired.ts";
import { doorsOf } from "./doors.ts";
import { drainViews } from "./drain-views.ts";
import { noteDrained } from "./drains.ts";
import { createEvents, type Events } from "./events.ts";
import { type Facts, followFacts, identitiesOf } from "./facts.ts";
import { keyAges } from "./key-ages.ts";
import { type AuditHead, auditHeadKey } from "./keys.ts";
import { countedRegistry } from "./metrics/counted.ts";
import { createLag, type Lag } from "./metrics/lag.ts";
import { openTally, type Tally } from "./metrics/tally.ts";
import { createNews, type News } from "./news.ts";
import { createQuestions, type Questions } from "./questions.ts";
import { type Rotations, startRotations } from "./rotation.ts";
import { rotationReport, rotationWarnings } from "./rotation-report.ts";
import { situationOf } from "./situation.ts";
import { inSlices } from "./slices.ts";
import { createSpecParser, createSpecReader, type SpecParser, type SpecReader } from "./spec.ts";
import { createStatuses, type Statuses } from "./statuses.ts";
import { createStreams, type Streams } from "./streams.ts";
import { createThrottle, type Throttle } from "./throttle.ts";
import { keepTrials, trialWarnings } from "./trial.ts";
import { keepTidy } from "./upkeep.ts";
import { hostDetails, type Scene } from "./views.ts";
import { runningWarnings } from "./warnings.ts";

/** What control is made of. */
export interface ControlParts {
  readonly registry: Registry;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly log: Log;
  /** Where hosts reach this control, tried in order. */
  readonly controlUrls: () => readonly string[];
}

export interface Control extends ControlParts {
  /** Remembers what hosts are told; who plans a change compiles with it too. */
  readonly compiler: Compiler;
  readonly commit: Commit;
  readonly specInForce: SpecReader;
  /** Reads the text of a file. */
  readonly parse: SpecParser;
  /** Where hosts reach this control. */
  readonly doors: () => Promise<readonly ControlDoor[]>;
  readonly facts: () => Facts;
  /**
   * Resolves once it is known what hosts should hold. Their streams may be opened before, so that hosts are back when control
   * is ready; whoever else calls has to wait for it.
   */
  readonly compiled: Promise<void>;
  /** Of the facts that hosts are told from. */
  readonly compiledRevision: () => number;
  readonly statuses: Statuses;
  readonly clones: Clones;
  readonly streams: Streams;
  readonly questions: Questions;
  readonly events: Events;
  /** What edges tell becomes events. */
  readonly news: News;
  readonly throttle: Throttle;
  /** What it counts. */
  readonly tally: Tally;
  /** How far hosts are behind. */
  readonly lag: Lag;
  /** Length of the audit chain. */
  readonly auditEntries: () => number;
  readonly rotations: Rotations;
  /** Resolves once hosts are told what follows from that revision, or that takes too long. */
  readonly settled: (revision: number) => Promise<void>;
  readonly scene: () => Scene;
  readonly status: () => StatusAnswer;
  /** How the rotation is, or the one given. */
  readonly rotation: (run?: RotationRun) => RotationAnswer;
  /** Aborts when control stops. */
  readonly stopping: AbortSignal;
  /** Rejects when control cannot go on; resolves after `stop`. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

const timeCheckMs = 1_000;
const warningCheckMs = 5_000;
const [settleMs, settleTries] = [10, 200];
const drainCheckMs = 500;

export async function startControl(given: ControlParts): Promise<Control> {
  const tally = openTally();
  const parts = { ...given, registry: countedRegistry(given.registry, tally) };
  const { registry, clock, log } = parts;
  const stopping = new AbortController();
  const commit = commitsTo(registry, clock);
  const parse = createSpecParser();
  const specInForce = createSpecReader(clock, parse);
  const doors = () => doorsOf(parts.controlUrls());
  const statuses = createStatuses(clock);
  const events = createEvents(clock, ({ kind }) => tally.happened(kind));
  const lag = createLag(clock, statuses, tally);
  const compiler = createCompiler();
  let desired: Desired = nothingDesired;
  let compileError: string | undefined;

  const streams = createStreams({ desired: () => desired, statuses, clock, log });
  const clones = createClones(clock, (host, part) => streams.say(host, part, { type: "ping" }));
  const head = await registry.get(auditHeadKey);
  let auditEntries = head ? (JSON.parse(head.value) as AuditHead).sequence : 0;
  const followed = await followFacts(
    parts,
    {
      changed: coalesced(() => void compiled.then(refresh)),
      audited({ sequence, author, action, subject }) {
        auditEntries = Math.max(auditEntries, sequence);
        events.publish({ kind: action, subject, text: `${subject}, by ${author}` });
      },
    },
    stopping.signal,
  );
  const facts = followed.current;
  let identities = identitiesOf(facts());

  const known = () => [compiler, facts(), specInForce(facts()), desired, parts.authority] as const;

  function compile(): void {
    const startedMs = clock.monotonic();
    try {
      take(desiredFrom(...known()), clock.monotonic() - startedMs);
    } catch (error) {
      notCompiled(error);
    }
  }

  /** From nothing it takes seconds where there are many hosts, which come back meanwhile. */
  async function compileFirst(): Promise<void> {
    const startedMs = clock.monotonic();
    try {
      const first = await inSlices(desiredInSteps(...known()), clock, stopping.signal);
      if (first) take(first, clock.monotonic() - startedMs);
    } catch (error) {
      notCompiled(error);
    }
    streams.sync();
  }

  function take(now: Desired, tookMs: number): void {
    const before = desired;
    desired = now;
    compileError = undefined;
    tally.compiled(tookMs);
    lag.compiled(before, now);
  }

  function notCompiled(error: unknown): void {
    tally.compiled(undefined);
    compileError = (error as Error).message;
    log.error({ err: error }, "the desired state could not be compiled: hosts keep the one they have");
  }

  function refresh(): void {
    if (stopping.signal.aborted) return;
    const before = identities;
    identities = identitiesOf(facts());
    const members = new Set(identities.values());
    for (const [name, identity] of before) {
      if (identities.get(name) === identity) continue;
      clones.forget(name);
      if (members.has(identity)) streams.renamed(name);
      else streams.removed(name);
    }
    compile();
    streams.sync();
    rotations.look();
  }

  const compiled = compileFirst();
  const rotations = startRotations({
    ...{ registry, commit, clock, log, facts, statuses, compiled, stopping: stopping.signal },
    spec: () => specInForce(facts()),
    desired: () => desired,
  });

  const rotation = (run = facts().rotation): RotationAnswer => {
    const [spec, topology] = [specInForce(facts()), rotations.topology()];
    const keys = spec && topology ? keyAges(facts(), topology, spec, clock.now()) : { inUse: 0, due: [] };
    return { keys, ...(run && { run: rotationReport(run, rotations.view()) }) };
  };

  /** A rule whose time is over goes by itself; hosts have dropped it already. */
  async function keepTime(): Promise<void> {
    for (let known = specInForce(facts()); !stopping.signal.aborted; ) {
      await clock.sleep(timeCheckMs, stopping.signal);
      const now = specInForce(facts());
      if (now !== known) refresh();
      known = now;
    }
  }

  const scene = (): Scene => ({
    facts: facts(),
    spec: specInForce(facts()),
    heard: statuses.all(),
    nowMs: clock.now(),
    wanted: desired,
  });

  function warnings(): readonly Warning[] {
    const situation = situationOf(scene(), {
      ...{ nowMs: clock.now(), sinceMs: statuses.sinceMs(), heard: statuses.all(), told: streams.told },
      clones: clones.all(),
      ...(compileError !== undefined && { compileError }),
    });
    return [
      ...runningWarnings(situation),
      ...rotationWarnings(facts().rotation),
      ...trialWarnings(facts(), clock.now()),
      ...desired.warnings,
    ];
  }

  async function announceWarnings(): Promise<void> {
    const announce = announcer(events);
    while (!stopping.signal.aborted) {
      announce(warnings());
      await clock.sleep(warningCheckMs, stopping.signal);
    }
  }

  async function watchDrains(): Promise<void> {
    while (!stopping.signal.aborted) {
      await noteDrained({ ...parts, commit, specInForce, scene }).catch((error) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, "could not keep that a drain is over");
      });
      await clock.sleep(drainCheckMs, stopping.signal);
    }
  }

  const upkeep = async () => {
    await compiled;
    await Promise.all([
      announceWarnings(),
      watchDrains(),
      keepTime(),
      keepTrials({ ...parts, compiler, commit, specInForce, parse, doors, facts, statuses }, stopping.signal),
      keepAbsence({ ...parts, commit, specInForce, facts, heard: statuses.all }, stopping.signal),
      keepTidy({ ...parts, commit, specInForce }, stopping.signal),
    ]);
  };
  const work = [followed.ended, rotations.ended, streams.keepWarm(stopping.signal), upkeep()];
  return {
    ...parts,
    commit,
    specInForce,
    parse,
    compiler,
    doors,
    facts,
    compiled,
    compiledRevision: () => desired.revision,
    statuses,
    clones,
    streams,
    questions: createQuestions(streams, clock),
    events,
    news: createNews(events),
    throttle: createThrottle(clock),
    tally,
    lag,
    auditEntries: () => auditEntries,
    rotations,
    async settled(revision) {
      await compiled;
      for (let tries = 0; desired.revision < revision && tries < settleTries; tries++) {
        await clock.sleep(settleMs, stopping.signal);
      }
    },
    scene,
    rotation,
    status: () => ({
      network: specInForce(facts())?.network.name ?? "",
      revision: facts().revision,
      version,
      hosts: hostDetails(scene()),
      rotation: rotation(),
      drains: drainViews(scene()),
      warnings: warnings(),
    }),
    stopping: stopping.signal,
    ended: Promise.all(work).then(() => {}),
    stop() {
      stopping.abort();
      streams.closeAll();
    },
  };
}
