// Control without its listeners: the registry's facts, what follows from them for every host, and what hosts say.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { version } from "../lib/version.ts";
import type { ControlDoor } from "../plan/cut-off.ts";
import { type Compiler, createCompiler } from "../plan/recompile.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import type { Registry } from "../registry/store.ts";
import type { Spec } from "../spec/types.ts";
import type { StatusAnswer } from "../wire/api.ts";
import type { RotationAnswer } from "../wire/rotation.ts";
import type { Warning } from "../wire/warnings.ts";
import { keepAbsence } from "./absence.ts";
import { announcer } from "./announce.ts";
import type { Authority } from "./authority.ts";
import { type Clones, createClones } from "./clones.ts";
import { type Commit, commitsTo } from "./commit.ts";
import { coalesced, type Desired, desiredFrom, nothingDesired } from "./desired.ts";
import { doorsOf } from "./doors.ts";
import { drainViews } from "./drain-views.ts";
import { noteDrained } from "./drains.ts";
import { createEvents, type Events } from "./events.ts";
import { type Facts, followFacts } from "./facts.ts";
import { keyAges } from "./key-ages.ts";
import { type AuditHead, auditHeadKey } from "./keys.ts";
import { countedRegistry } from "./metrics/counted.ts";
import { createLag, type Lag } from "./metrics/lag.ts";
import { openTally, type Tally } from "./metrics/tally.ts";
import { createNews, type News } from "./news.ts";
import { createQuestions, type Questions } from "./questions.ts";
import { type Rotations, startRotations } from "./rotation.ts";
import { rotationReport, rotationWarnings } from "./rotation-report.ts";
import { createSpecParser, createSpecReader, type SpecParser, type SpecReader } from "./spec.ts";
import { createStatuses, type Statuses } from "./statuses.ts";
import { createStreams, type Streams } from "./streams.ts";
import { createThrottle, type Throttle } from "./throttle.ts";
import { keepTrials, trialWarnings } from "./trial.ts";
import { keepTidy } from "./upkeep.ts";
import { hostDetails, hostNames, type Scene } from "./views.ts";
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
      changed: coalesced(() => refresh()),
      audited({ sequence, author, action, subject }) {
        auditEntries = Math.max(auditEntries, sequence);
        events.publish({ kind: action, subject, text: `${subject}, by ${author}` });
      },
    },
    stopping.signal,
  );
  const facts = followed.current;
  let identities = identitiesOf(facts());

  function compile(): void {
    const [before, startedMs] = [desired, clock.monotonic()];
    try {
      desired = desiredFrom(compiler, facts(), specInForce(facts()), desired, parts.authority);
      compileError = undefined;
      tally.compiled(clock.monotonic() - startedMs);
      lag.compiled(before, desired);
    } catch (error) {
      tally.compiled(undefined);
      compileError = (error as Error).message;
      log.error({ err: error }, "the desired state could not be compiled: hosts keep the one they have");
    }
  }

  function refresh(): void {
    const before = identities;
    identities = identitiesOf(facts());
    const known = new Set(identities.values());
    for (const [name, identity] of before) {
      if (identities.get(name) === identity) continue;
      if (known.has(identity)) streams.renamed(name);
      else streams.removed(name);
    }
    compile();
    streams.sync();
    rotations.look();
  }

  const rotations = startRotations({
    ...{ registry, commit, clock, log, facts, statuses, stopping: stopping.signal },
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
    const names = hostNames(scene());
    const { hosts } = facts();
    const isMember = (name: string) => hosts.get(name)?.membership !== undefined;
    const waits = (name: string) => hosts.get(name)?.applicant !== undefined;
    const situation = { nowMs: clock.now(), sinceMs: statuses.sinceMs(), heard: statuses.all(), told: streams.told };
    const running = runningWarnings({
      ...situation,
      joined: names.filter(isMember),
      joinedAtMs: new Map(
        names.flatMap((name) => {
          const joinedAt = hosts.get(name)?.membership?.joinedAt;
          return joinedAt === undefined ? [] : [[name, Date.parse(joinedAt)]];
        }),
      ),
      waiting: names.filter(waits),
      clones: clones.all(),
      stale: new Map(
        [...hosts].flatMap(([name, { membership }]) => {
          return membership?.staleSince === undefined ? [] : [[name, membership.staleSince]];
        }),
      ),
      missing: names.filter((name) => !isMember(name) && !waits(name)),
      unserved: unservedBy(specInForce(facts()), isMember),
      ...(compileError !== undefined && { compileError }),
    });
    return [
      ...running,
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

  compile();
  const work = [
    followed.ended,
    rotations.ended,
    announceWarnings(),
    watchDrains(),
    streams.keepWarm(stopping.signal),
    keepTime(),
    keepTrials({ ...parts, compiler, commit, specInForce, parse, doors, facts, statuses }, stopping.signal),
  ];
  const absence = keepAbsence(
    { ...parts, commit, specInForce, facts, heard: statuses.all, sinceMs: statuses.sinceMs },
    stopping.signal,
  );
  const tidying = keepTidy({ ...parts, commit, specInForce }, stopping.signal);
  return {
    ...parts,
    commit,
    specInForce,
    parse,
    compiler,
    doors,
    facts,
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
    ended: Promise.all([...work, tidying, absence]).then(() => {}),
    stop() {
      stopping.abort();
      streams.closeAll();
    },
  };
}

/** The edges of a file with routes, when none of them has joined. */
function unservedBy(spec: Spec | undefined, isMember: (name: string) => boolean): readonly string[] {
  if (spec === undefined || spec.routes.length === 0) return [];
  const edges = Object.keys(spec.hosts).filter((name) => spec.hosts[name]!.roles.includes("edge"));
  return edges.some(isMember) ? [] : edges;
}

/** Identities of the hosts that have joined or wait for approval, by name. */
function identitiesOf({ hosts }: Facts): ReadonlyMap<string, string> {
  return new Map(
    [...hosts].flatMap(([name, { membership, applicant }]) => {
      const known = membership ?? applicant;
      return known ? [[name, known.identity]] : [];
    }),
  );
}
