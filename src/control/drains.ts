// Drains as the registry keeps them: begun, given another deadline, taken back, found to be over.
import type { Clock } from "../lib/clock.ts";
import { type Drainable, drainables, type Missing, notDrained, resolveDrainName } from "../plan/drain-names.ts";
import { servicesOnlyOn } from "../plan/drains.ts";
import { survey } from "../plan/survey.ts";
import { put, type Registry, remove } from "../registry/store.ts";
import {
  type DrainAnswer,
  type DrainEnded,
  type DrainRequest,
  type DrainView,
  drainName,
  isNothing,
} from "../wire/drains.ts";
import { AppError } from "../wire/errors.ts";
import type { Commit } from "./commit.ts";
import { type DrainScene, drainView, drainViews } from "./drain-views.ts";
import { type DrainFact, type Facts, observedOf, readFacts } from "./facts.ts";
import { type DrainRecord, drainKey } from "./keys.ts";
import type { SpecReader } from "./spec.ts";

export interface DrainKeeper {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly clock: Pick<Clock, "now">;
  readonly specInForce: SpecReader;
  readonly scene: () => DrainScene;
}

/** Begins them in one transaction. What is drained already gets the deadline of this request. */
export async function startDrains(keeper: DrainKeeper, author: string, request: DrainRequest): Promise<DrainAnswer> {
  const { registry, commit, clock, specInForce, scene } = keeper;
  const { revision, result } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const spec = specInForce(facts);
    const members = spec ? survey(spec, observedOf(facts)).members : [];
    const wanted = namedOnce(request.names, spec ? drainables(spec, members) : []);
    const now = clock.now();
    const [startedAt, endsAt] = [new Date(now).toISOString(), new Date(now + request.forMs).toISOString()];
    const before = wanted.flatMap((one) => factOf(facts, one) ?? []);
    const started = wanted.map(({ kind, name }) => {
      const record: DrainRecord = {
        by: author,
        startedAt: before.find((one) => one.kind === kind && one.name === name)?.startedAt ?? startedAt,
        endsAt,
      };
      return { kind, name, record };
    });
    return {
      writes: started.map(({ record, ...one }) => put(drainKey(one), JSON.stringify(record))),
      audit: {
        action: before.length < wanted.length ? "drain.start" : "drain.change",
        subject: wanted.map(drainName).join(", "),
        details: { endsAt },
      },
      result: {
        started,
        renewed: before.map(drainName),
        withoutTarget: spec && wanted.some(isHost) ? servicesOnlyOn(spec, members, drainedHosts(facts, wanted)) : [],
      },
    };
  });
  const { started, ...rest } = result;
  const drains = started.map(({ record, ...one }) => drainView({ ...one, ...record, revision }, scene()));
  return { revision, drains, ...rest };
}

/** Takes one back: it is served again. */
export async function endDrain(keeper: DrainKeeper, author: string, text: string): Promise<DrainEnded> {
  const { revision, result } = await keeper.commit(author, async () => {
    const { drains } = await readFacts(keeper.registry);
    const { kind, name } = resolveDrainName(text, [...drains.values()], notDrained);
    return {
      writes: [remove(drainKey({ kind, name }))],
      audit: { action: "drain.end", subject: drainName({ kind, name }), details: {} },
      result: { kind, name },
    };
  });
  return { revision, ...result };
}

/** Keeps in the registry, and so in the audit chain and the events, that every edge and spoke has said that nothing is left. */
export async function noteDrained({ registry, commit, clock, scene }: DrainKeeper): Promise<void> {
  const over = drainViews(scene()).filter(isOver);
  for (const { kind, name, endsAt } of over) {
    await commit("system", async () => {
      const fact = factOf(await readFacts(registry), { kind, name });
      if (fact?.endsAt !== endsAt) throw new AppError("notFound", `${drainName({ kind, name })} is not drained now`);
      const { by, startedAt } = fact;
      const record: DrainRecord = { by, startedAt, endsAt, drainedAt: new Date(clock.now()).toISOString() };
      return {
        writes: [put(drainKey({ kind, name }), JSON.stringify(record))],
        audit: { action: "drain.done", subject: drainName({ kind, name }), details: { startedAt } },
        result: undefined,
      };
    });
  }
}

const nothingSuch: Missing = {
  text: (name) => `there is nothing named ${name} to drain`,
  hint: "`portway routes` lists routes and services; a host can be drained when a service has a target on it, or when it is a relay",
};

const isOver = ({ state, edges, relaysFor = [] }: DrainView) =>
  state === "draining" && relaysFor.length === 0 && edges.every(({ left }) => left && isNothing(left));

const factOf = ({ drains }: Facts, { kind, name }: Drainable): DrainFact | undefined => drains.get(`${kind}/${name}`);

const isHost = ({ kind }: Drainable) => kind === "host";

function drainedHosts({ drains }: Facts, more: readonly Drainable[]): ReadonlySet<string> {
  return new Set([...drains.values(), ...more].filter(isHost).map(({ name }) => name));
}

function namedOnce(names: readonly string[], known: readonly Drainable[]): readonly Drainable[] {
  const found = names.map((text) => resolveDrainName(text, known, nothingSuch));
  return [...new Map(found.map((one) => [drainName(one), one])).values()];
}
