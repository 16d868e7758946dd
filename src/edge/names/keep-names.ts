// Keeps what the names of services' targets lead to: each is looked up when its time to live is over, and while nobody can
// say, what was found last stays.
import { backoff } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { LookupConfig, ServiceObject } from "../../wire/edge-service.ts";
import type { Objects } from "../../wire/objects.ts";
import type { Warning } from "../../wire/warnings.ts";
import type { Answer, FamilyAnswer, LookUp } from "./look-up.ts";

export interface NameKeeper {
  /** From now on the names of these services are looked up, and no others. */
  readonly follow: (objects: Objects) => void;
  /** Each name was looked up, or has had its time: nothing more is to be waited for. */
  readonly isReady: () => boolean;
  /** What a name leads to, sorted; undefined: nothing was found yet. */
  readonly addressesOf: (name: string, servers: LookupConfig["servers"]) => readonly string[] | undefined;
  readonly warnings: () => readonly Warning[];
  /** For Prometheus, keyed as the gateway's counters are. */
  readonly counters: () => Readonly<Record<string, number>>;
  readonly close: () => void;
}

export interface NameKeeperOptions {
  readonly lookUp: LookUp;
  readonly isRoutable: (address: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  /** A name leads elsewhere: told once for all within 300 ms. */
  readonly onAddresses: () => void;
  /** A name cannot be looked up any more, or can again. */
  readonly onStanding: (name: string, problem: string | undefined) => void;
}

interface Watch {
  readonly name: string;
  readonly servers: LookupConfig["servers"];
  readonly end: AbortController;
  readonly sinceMs: number;
  /** By family; what a family has when it could not be asked is what it had before. */
  ipv4: readonly string[];
  ipv6: readonly string[];
  /** Both families', as far as there are routes to them. */
  addresses: readonly string[] | undefined;
  isAsked: boolean;
  problem: string | undefined;
}

const leastMs = 5_000;
const mostMs = 300_000;
const quietMs = 300;
/** A new service waits for its names so long. */
const patienceMs = 3_000;

export function nameKeeper({ lookUp, isRoutable, clock, log, ...tell }: NameKeeperOptions): NameKeeper {
  const watches = new Map<string, Watch>();
  const counts = { found: 0, failed: 0 };
  const end = new AbortController();
  let isTelling = false;

  function follow(objects: Objects): void {
    if (end.signal.aborted) return;
    const wanted = new Map(lookupsIn(objects).flatMap((lookup) => lookup.names.map(({ name }) => idOf(name, lookup))));
    for (const [id, watch] of watches) {
      if (wanted.has(id)) continue;
      watch.end.abort();
      watches.delete(id);
    }
    for (const [id, { name, servers }] of wanted) {
      if (watches.has(id)) continue;
      const nothing = { ipv4: [], ipv6: [], addresses: undefined, isAsked: false, problem: undefined };
      const watch: Watch = { name, servers, end: new AbortController(), sinceMs: clock.monotonic(), ...nothing };
      watches.set(id, watch);
      void run(watch);
    }
  }

  async function run(watch: Watch): Promise<void> {
    const { signal } = watch.end;
    const waits = backoff(1_000, 30_000);
    while (!signal.aborted) {
      const answer = await lookUp(watch.name, watch.servers, signal);
      const problem = problemOf(answer);
      if (problem === undefined) await note(watch, answer);
      if (signal.aborted) return;
      watch.isAsked = true;
      counts[problem === undefined ? "found" : "failed"]++;
      stand(watch, problem);
      if (problem === undefined) waits.reset();
      await clock.sleep(problem === undefined ? timeToLiveMs(answer) : waits.next(), signal);
    }
  }

  async function note(watch: Watch, { ipv4, ipv6 }: Answer): Promise<void> {
    watch.ipv4 = ofFamily(ipv4, watch.ipv4);
    watch.ipv6 = ofFamily(ipv6, watch.ipv6);
    const addresses = await withRoutes([...watch.ipv4, ...watch.ipv6], isRoutable);
    if (watch.end.signal.aborted || String(addresses) === String(watch.addresses)) return;
    log.info({ name: watch.name, addresses }, "a name leads to other addresses");
    watch.addresses = addresses;
    void tellSoon();
  }

  /** Several names change together, and each push is one more snapshot. */
  async function tellSoon(): Promise<void> {
    if (isTelling) return;
    isTelling = true;
    await clock.sleep(quietMs, end.signal);
    isTelling = false;
    if (!end.signal.aborted) tell.onAddresses();
  }

  function stand(watch: Watch, problem: string | undefined): void {
    const before = watch.problem;
    watch.problem = problem;
    if (before === problem) return;
    if (problem === undefined) log.info({ name: watch.name }, "a name can be looked up again");
    else log.warn({ name: watch.name, problem }, "a name cannot be looked up");
    if ((before === undefined) !== (problem === undefined)) tell.onStanding(watch.name, problem);
  }

  return {
    follow,
    isReady: () => [...watches.values()].every((one) => one.isAsked || clock.monotonic() - one.sinceMs > patienceMs),
    addressesOf: (name, servers) => watches.get(idOf(name, { servers })[0])?.addresses,
    warnings: () => [...watches.values()].flatMap(warningOf),
    counters: () =>
      watches.size === 0
        ? {}
        : {
            "portway_name_lookups_total|result=found": counts.found,
            "portway_name_lookups_total|result=failed": counts.failed,
            portway_names_failing: [...watches.values()].filter(({ problem }) => problem !== undefined).length,
          },
    close() {
      follow({});
      end.abort();
    },
  };
}

function lookupsIn(objects: Objects): LookupConfig[] {
  const texts = Object.keys(objects).flatMap((key) => (key.startsWith("service/") ? [objects[key]!] : []));
  return texts
    .filter((text) => text.includes('"lookup"'))
    .flatMap((text) => (JSON.parse(text) as ServiceObject).lookup ?? []);
}

function idOf(name: string, { servers }: { readonly servers?: LookupConfig["servers"] | undefined }) {
  return [JSON.stringify([name, servers]), { name, servers }] as const;
}

/** Why nothing is known by this answer. */
function problemOf({ ipv4, ipv6 }: Answer): string | undefined {
  const families = [ipv4, ipv6];
  if (families.some(({ kind }) => kind === "addresses")) return undefined;
  const failed = families.find((family) => family.kind === "failed");
  if (failed === undefined) return "it has no address";
  const words: Readonly<Record<string, string>> = { ETIMEOUT: "no server answers", ECONNREFUSED: "no server answers" };
  return words[failed.code] ?? `the server says ${failed.code}`;
}

function ofFamily(answer: FamilyAnswer, before: readonly string[]): readonly string[] {
  if (answer.kind === "failed") return before;
  return answer.kind === "none" ? [] : answer.addresses.toSorted();
}

/** All of them when there is a route to none: then it is not this host's families that are the matter. */
async function withRoutes(
  addresses: readonly string[],
  isRoutable: (address: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const routable = await Promise.all(addresses.map(isRoutable));
  const kept = addresses.filter((_, index) => routable[index]);
  return kept.length > 0 ? kept : addresses;
}

/** A family that could not be asked is asked again soon. */
function timeToLiveMs({ ipv4, ipv6 }: Answer): number {
  const times = [ipv4, ipv6].flatMap((family) => {
    if (family.kind === "none") return [];
    return family.kind === "failed" ? [leastMs] : [family.ttlSeconds * 1000];
  });
  return Math.min(mostMs, Math.max(leastMs, Math.min(...times)));
}

function warningOf({ name, problem, addresses }: Watch): Warning[] {
  if (problem === undefined) return [];
  const then =
    addresses === undefined ? "Targets of before stay, if there are any" : "What was found last stays in use";
  const text = `The name ${name} cannot be looked up: ${problem}. ${then}.`;
  const hint = "Look at the name and at the DNS servers of the edge's host, or name others: resolve: { servers: … }.";
  return [{ code: "nameUnresolved", severity: "warning", subject: name, text, hint }];
}
