// Finds direct ways between hosts that no one can reach unasked: by the direct plane and, while a rotation needs it, by the
// bypass. Each asks its relays where they see that plane of it (a NAT maps the plane's socket alone, so that WireGuard's own
// packets have to tell), tells the other end of each pair by another path, and both try the other's candidates at the same
// time, with WireGuard's handshake itself as the probe: what the one sends opens its NAT for the other. Packets move only once
// probes come back (paths/choice.ts).
import type { Clock } from "../../lib/clock.ts";
import type { MeshState, PairObject, PathObject, PeerObject, PlaneName } from "../../wire/mesh.ts";
import { every } from "../every.ts";
import { about, type Letter, planeOf, type SoughtPlane, soughtPlanes } from "../paths/letter.ts";
import type { Prober } from "../paths/prober.ts";
import { type Interfaces, inOrder, ownAddresses, ownCandidates } from "./candidates.ts";
import { nextStep, type Trials, woken } from "./trials.ts";

export interface DirectParts {
  readonly clock: Clock;
  readonly prober: Pick<Prober, "paths" | "tell" | "urge">;
  readonly mesh: () => MeshState | undefined;
  readonly interfaces: () => Interfaces;
  /** The literal address of a configured endpoint, and a word that it does not answer. */
  readonly resolve: (endpoint: string) => string | undefined;
  readonly doubt: (endpoint: string) => void;
  /** Where a peer's packets come from on that plane of this host. */
  readonly endpointOf: (plane: SoughtPlane, publicKey: string) => Promise<string | undefined>;
  /** Nothing at all comes from the peer. */
  readonly isSilent: (peer: PeerObject) => Promise<boolean>;
  /** Greets a peer of such a plane anew, at that endpoint or where it will be heard from; false: it answers already. */
  readonly greet: (peer: PeerObject, endpoint: string | undefined) => Promise<boolean>;
}

export interface Direct {
  readonly onLetter: (plane: PlaneName, from: string, letter: Letter) => void;
  /** Where the other end of a pair without a direct way was looked for, the last at the end. */
  readonly tried: (host: string) => readonly string[];
  /** Where relays see this host's direct plane, of those that told lately; the others are asked. */
  readonly look: () => ReadonlyMap<PlaneName, string>;
  readonly close: () => void;
}

interface Search {
  /** Since when its direct way is missing; monotonic ms. */
  readonly since: number;
  /** What the other end said. */
  theirs: readonly string[];
  /** What it was told last and when, and how often it has not answered. */
  told: string;
  toldAt: number;
  unheard: number;
  trials?: Trials;
  readonly tried: string[];
}

const tickMs = 250;
/** The configured endpoint of a host has this long to answer before others are tried. */
const configuredMs = 4_000;
/** Time until an end that has not answered is told again, longer each time. */
const [tellMs, mostTellMs] = [2_000, 60_000];
/** Time between two questions to a relay that has not answered, and to one that has. */
const [askMs, reaskMs] = [1_000, 10_000];

/** So many of the places that were tried are told in the status. */
const mostTold = 6;

const never = Number.NEGATIVE_INFINITY;

export function startDirect(parts: DirectParts): Direct {
  const [direct, bypass] = soughtPlanes.map((plane) => searchOn(plane, parts)) as [Searching, Searching];
  const ticks = every(parts.clock, tickMs, () => {
    for (const one of [direct, bypass]) one.tick();
  });
  return {
    onLetter: (plane, from, letter) => (planeOf(letter) === "pw0" ? direct : bypass).onLetter(plane, from, letter),
    tried: direct.tried,
    look: direct.look,
    close: ticks.close,
  };
}

type Searching = Omit<Direct, "close"> & { readonly tick: () => void };

/** The search for the other ends of one plane. */
function searchOn(sought: SoughtPlane, parts: DirectParts): Searching {
  const { clock, prober, mesh, interfaces, resolve, doubt, endpointOf, isSilent, greet } = parts;
  const searches = new Map<string, Search>();
  /** Where relays see this host's plane, by their plane. */
  const mappings = new Map<PlaneName, string>();
  const askedAt = new Map<PlaneName, number>();
  const toldAt = new Map<PlaneName, number>();

  const peerOf = (state: MeshState, host: string) =>
    state.peers.find((peer) => peer.plane === sought && peer.host === host);
  const isSought = (path: PathObject) => path.plane === sought && (sought === "pw0" || path.sought === true);
  const ownOf = (state: MeshState) => {
    const port = state.planes.find(({ name }) => name === sought)?.listenPort ?? 0;
    return ownCandidates([...mappings.values()], ownAddresses(interfaces()), port);
  };

  const searchOf = (host: string, now: number): Search => {
    const known = searches.get(host);
    if (known !== undefined) return known;
    const search = { since: now, theirs: [], told: "", toldAt: never, unheard: 0, tried: [] };
    searches.set(host, search);
    return search;
  };

  const askRelays = ({ planes }: MeshState, now: number) => {
    for (const { name, relayProbeAddress } of planes) {
      if (relayProbeAddress === undefined) continue;
      if (now - (askedAt.get(name) ?? never) < (mappings.has(name) ? reaskMs : askMs)) continue;
      askedAt.set(name, now);
      prober.tell(name, relayProbeAddress, { kind: "where", ...about(sought) });
    }
  };

  const tellEnd = (state: MeshState, search: Search, way: PathObject, reply: boolean, now: number) => {
    const endpoints = ownOf(state);
    Object.assign(search, { told: endpoints.join(), toldAt: now, unheard: search.unheard + 1 });
    prober.tell(way.plane, way.probeAddress, { kind: "candidates", endpoints, reply, ...about(sought) });
  };

  /** Tells the other end where this one may be reached, if there is a way to tell it. */
  const tellOf = (state: MeshState, host: string, search: Search, own: string, now: number) => {
    const way = prober.paths(host).find(({ path, proven }) => proven && path.plane !== sought)?.path;
    const waitMs = Math.min(mostTellMs, tellMs * search.unheard);
    const isDue = search.told !== own || (search.theirs.length === 0 && now - search.toldAt >= waitMs);
    if (way !== undefined && isDue) tellEnd(state, search, way, true, now);
    return way;
  };

  const seek = (state: MeshState, { host }: PairObject, search: Search, own: string, now: number) => {
    const way = tellOf(state, host, search, own, now);
    const peer = peerOf(state, host);
    if (peer === undefined || (peer.endpoint !== undefined && now - search.since < configuredMs)) return;
    const configured = peer.endpoint === undefined ? undefined : resolve(peer.endpoint);
    const viewpoint = {
      mappings: [...mappings.values()],
      addresses: ownAddresses(interfaces()),
      overlay: [state.host.ipv4Prefix, state.host.ipv6Prefix],
    };
    const candidates = inOrder([...(configured === undefined ? [] : [configured]), ...search.theirs], viewpoint);
    const { trials, step } = nextStep(search.trials, candidates, now);
    search.trials = trials;
    if (step === undefined) return;
    if (step.kind === "try" && step.isFirst) {
      const { endpoint } = peer;
      if (endpoint !== undefined) void isSilent(peer).then((silent) => silent && doubt(endpoint));
      if (way !== undefined && search.toldAt !== now) tellEnd(state, search, way, true, now);
    }
    if (step.kind === "try") search.tried.push(step.endpoint);
    if (search.tried.length > mostTold) search.tried.shift();
    void greet(peer, step.kind === "try" ? step.endpoint : configured).then(() => prober.urge(host, sought));
  };

  /** A bypass that comes up later has other mappings. */
  const forget = () => {
    for (const one of [searches, mappings, askedAt, toldAt]) one.clear();
  };

  const tick = () => {
    const state = mesh();
    if (state === undefined) return;
    const now = clock.monotonic();
    if (!state.planes.some(({ name }) => name === sought)) return forget();
    const missing = state.pairs.filter(({ host }) => {
      const direct = prober.paths(host).find(({ path }) => isSought(path));
      return direct !== undefined && !direct.proven;
    });
    const hosts = new Set(missing.map(({ host }) => host));
    for (const host of searches.keys()) if (!hosts.has(host)) searches.delete(host);
    if (missing.length === 0) return;
    askRelays(state, now);
    const own = ownOf(state).join();
    for (const pair of missing) {
      const search = searchOf(pair.host, now);
      seek(state, pair, search, own, now);
    }
  };

  const onWhere = async (state: MeshState, plane: PlaneName, from: string) => {
    const spoke = state.peers.find((peer) => peer.plane === plane && peer.allowedIps.includes(`${from}/128`));
    const peer = spoke && peerOf(state, spoke.host);
    const endpoint = peer && (await endpointOf(sought, peer.publicKey));
    if (endpoint !== undefined) prober.tell(plane, from, { kind: "here", endpoint, ...about(sought) });
  };

  const onCandidates = (
    state: MeshState,
    from: string,
    plane: PlaneName,
    endpoints: readonly string[],
    reply: boolean,
  ) => {
    for (const { host, paths } of state.pairs) {
      const way = paths.find((path) => path.plane === plane && path.probeAddress === from);
      if (way === undefined || !paths.some(isSought)) continue;
      const now = clock.monotonic();
      const search = searchOf(host, now);
      Object.assign(search, { theirs: endpoints, unheard: 0 });
      if (reply) {
        tellEnd(state, search, way, false, now);
        if (search.trials) search.trials = woken(search.trials, now);
      }
      return tick(); // at once: the other end is trying too
    }
  };

  return {
    tick,
    onLetter(plane, from, letter) {
      const state = mesh();
      if (state === undefined) return;
      if (letter.kind === "where" && plane === "pwr") void onWhere(state, plane, from);
      if (letter.kind === "candidates") onCandidates(state, from, plane, letter.endpoints, letter.reply);
      if (letter.kind !== "here") return;
      const relay = state.planes.find(({ name, relayProbeAddress }) => name === plane && relayProbeAddress === from);
      if (relay === undefined) return;
      mappings.set(plane, letter.endpoint);
      toldAt.set(plane, clock.monotonic());
    },
    tried: (host) => searches.get(host)?.tried ?? [],
    look() {
      const [state, now] = [mesh(), clock.monotonic()];
      if (state !== undefined) askRelays(state, now);
      return new Map([...mappings].filter(([plane]) => now - (toldAt.get(plane) ?? never) < 2 * reaskMs));
    },
  };
}
