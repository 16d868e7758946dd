// Keeps the machine as the state in force says: takes states in, guards them, keeps them on disk, and reconciles when
// something changed, when an interface is gone, and every few seconds in case somebody else changed something.
import { networkInterfaces } from "node:os";
import type { Clock } from "../lib/clock.ts";
import type { Exec } from "../lib/exec.ts";
import type { Log } from "../lib/log.ts";
import type { Followed } from "../wire/follow.ts";
import { type MeshState, meshFromObjects } from "../wire/mesh.ts";
import type { LineView } from "../wire/netcheck.ts";
import type { AgentStatus } from "../wire/stream.ts";
import type { Tunnels } from "../wire/tunnels.ts";
import { createDeadlines } from "./deadlines.ts";
import { ownAddresses } from "./direct/candidates.ts";
import { startDirect } from "./direct/direct.ts";
import { createGreeter } from "./direct/greet.ts";
import { createEndpoints, type Lookup } from "./endpoints.ts";
import { guard } from "./guard.ts";
import { blackHoleHappening, createHappenings, pathHappening, repairHappening } from "./happenings.ts";
import { type Keyring, openKeyring } from "./keyring.ts";
import { lineView } from "./line-view.ts";
import { type Loop, startLoop } from "./loop.ts";
import { openSettings } from "./machine/settings.ts";
import { watchFirewalls } from "./machine/watch-firewalls.ts";
import { createExchange } from "./metrics/exchange.ts";
import { planesOf, type Tally } from "./metrics/tally.ts";
import { startMeter } from "./mtu/meter.ts";
import { createOutside } from "./mtu/outside.ts";
import { readTraffic } from "./mtu/traffic.ts";
import { startProber } from "./paths/prober.ts";
import { createPinger, type Pinger } from "./ping.ts";
import { createReconciler, type PassResult, planeInUse } from "./reconcile.ts";
import { createLapses } from "./repair/lapses.ts";
import { startLegs } from "./repair/legs.ts";
import { watchAddresses } from "./repair/roaming.ts";
import { createSpeed, type Speed } from "./speed/speed.ts";
import { type AgentState, loadState, saveState } from "./state.ts";
import type { StatusFacts } from "./status.ts";
import { watchOverlaps } from "./subnets/overlaps.ts";
import { createRouters } from "./subnets/routers.ts";
import { tunnelsOf } from "./tell-tunnels.ts";
import { createTracer, type Tracer } from "./trace/trace.ts";
import { createTrial } from "./trial.ts";
import type { WireGuard } from "./wireguard/wireguard.ts";

export interface SteeringOptions {
  /** The agent's. */
  readonly folder: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly exec: Exec;
  readonly announce: (command: string) => void;
  readonly wireguard: WireGuard;
  readonly lookup: Lookup;
  readonly tally: Tally;
  /** Something that the status tells has changed. */
  readonly onChange: () => void;
}

export interface Steering {
  /** The last state that control sent. */
  readonly followed: () => Followed;
  /** Takes a new one. */
  readonly follow: (state: Followed) => void;
  readonly facts: () => Omit<StatusFacts, "version" | "wireguard" | "nowMs"> & Pick<Keyring, "keyOf">;
  /** Control has this status, and the events in it. */
  readonly arrived: (status: AgentStatus) => void;
  /** How tunnels are, for others on this host. */
  readonly tunnels: () => Tunnels["hosts"];
  /** How the line below them is; undefined: control has sent nothing yet. */
  readonly line: () => LineView | undefined;
  /** Measures every path to a host; rejects where it is no peer. */
  readonly ping: Pinger["ping"];
  readonly trace: Tracer["answer"];
  /** Measures what another host can be sent. */
  readonly speed: Pick<Speed, "serve" | "run">;
  /** Leaves all as it is. */
  readonly close: () => Promise<void>;
}

const everyMs = 4_000;
const quietMs = 20;
const pulseMs = 1_000;
const routersMs = 250;
/** Other firewalls and networks change seldom, and listing all of their rules may take a while. */
const othersMs = 60_000;

export function startSteering(options: SteeringOptions): Steering {
  const { folder, log, clock, exec, announce, wireguard, tally, onChange } = options;
  let state = loadState(folder);
  let mesh = meshFromObjects(state.guarded.inForce);
  let last: PassResult = { changes: [], failures: [] };
  let revision = 0;
  let digest: string | undefined;
  let stateFailure: Error | undefined;
  let isSaved = true;
  const pairOf = (name: string) => mesh?.pairs.find(({ host }) => host === name);

  const pinger = createPinger(
    clock,
    () => prober,
    (host, path) => meter.measured(host, path),
  );
  const prober = startProber(clock, {
    onMove(host) {
      tally.moved(host);
      moved.add(host);
      if (moved.size === 1) queueMicrotask(movePairs); // those that move in the same moment go together
    },
    onChange(host) {
      const reach = prober.reach(host);
      log.info({ host, plane: reach?.path.plane, proven: reach?.proven }, "path");
      if (reach !== undefined) happenings.add(...pathHappening(host, reach));
      routers.choose();
      onChange();
    },
    onAsked(host, path) {
      tally.asked(host, path);
      pinger.onAsked(host, path);
    },
    onLost: tally.lost,
    onAnswered(host, path, roundTripMs, wasProven) {
      tally.answered(host, path, roundTripMs, wasProven);
      pinger.onAnswered(host, path, roundTripMs, wasProven);
    },
    onProof(host) {
      if (pairOf(host)?.tell) onChange();
    },
    onLetter: (plane, from, letter) => direct.onLetter(plane, from, letter),
    onSized: (plane, from, answer) => meter.onSized(plane, from, answer),
    onDark(host, path) {
      tally.dark(host, path);
      const next = path.via ?? host;
      const peer = mesh?.peers.find((one) => one.plane === path.plane && one.host === next);
      if (peer === undefined) return;
      fellSilent(peer);
      loop.trigger();
    },
  });
  const meter = startMeter({
    ...{ clock, traffic: readTraffic, random: Math.random },
    outside: createOutside(exec),
    prober,
    mesh: () => mesh,
    onFound(host, path, { mtu, before, isBlackHole }) {
      log.info({ host, plane: path.plane, mtu, before, isBlackHole }, "mtu");
      if (isBlackHole && mtu < before) happenings.add(...blackHoleHappening(host, mtu));
      const pair = pairOf(host);
      if (mesh !== undefined && pair !== undefined) void move(mesh, [pair]).then(() => loop.trigger());
      onChange();
    },
    onLink: () => loop.trigger(),
  });
  const routers = createRouters(clock, prober, {
    onChange(prefixes, from, to) {
      const networks = prefixes.join(" and ");
      log.info({ networks, from, to }, "router");
      if (from !== undefined)
        happenings.add("router.used", to, `${networks} is reached through ${to}, no more ${from}`);
      onChange();
      loop.trigger();
    },
  });
  const tracer = createTracer({ exec, announce, clock, mesh: () => mesh, reach: prober.reach });
  const keys = openKeyring(folder);
  const endpoints = createEndpoints(clock, options.lookup, () => loop.trigger());
  const happenings = createHappenings(clock.now);
  const exchange = createExchange({
    ...{ tally, now: clock.now },
    onFailing(host, plane) {
      if (/^pwr\d/.test(plane)) return; // relays are told of by those who repair the ways to them
      happenings.add("handshake.failed", host, `${host} answers no handshake on ${plane}`);
    },
  });
  const { pass, move, fellSilent } = createReconciler({
    machine: { exec, announce, folder, settings: openSettings(folder, announce), wireguard },
    keys,
    prober,
    routers,
    endpoints,
    now: clock.now,
    isOver: createDeadlines(clock),
    lapsed: createLapses(clock),
    meter,
  });

  const greeter = createGreeter(exec, (command) => log.info({ command }, "direct"), clock);
  const direct = startDirect({
    ...{ clock, prober, interfaces: networkInterfaces, isSilent: greeter.isSilent, greet: greeter.greet },
    ...{ resolve: endpoints.resolve, doubt: endpoints.doubt },
    mesh: () => mesh,
    endpointOf: (publicKey) => greeter.endpointOf("pw0", publicKey),
  });

  const speed = createSpeed({
    ...{ clock, exec, prober, meter, ping: pinger.ping },
    mesh: () => mesh,
    actual: () => last.actual,
    onOpening: () => loop.trigger(),
  });
  const legs = startLegs({
    ...{ clock, greeter, resolve: endpoints.resolve, doubt: endpoints.doubt },
    mesh: () => mesh,
    answers: (plane) => prober.leg(plane)?.proven === true,
    onRemedy(relay, plane, remedy) {
      log.warn({ relay, plane, remedy }, "relay does not answer");
      if (remedy === "handshake") happenings.add("handshake.failed", relay, `${relay} does not answer on ${plane}`);
      onChange();
    },
    onBack(relay, plane) {
      log.info({ relay, plane }, "relay answers again");
      happenings.add("relay.back", relay, `${relay} answers on ${plane} again`);
      onChange();
    },
  });
  const addresses = watchAddresses(clock, networkInterfaces, (gone, now) => {
    log.info({ gone, now }, "roamed");
    happenings.add(
      "host.roamed",
      mesh?.host.name ?? "",
      `its address is ${now.join(" and ")}, no more ${gone.join(" and ")}`,
    );
    for (const { name } of mesh?.planes ?? []) if (name !== "pwr") void greeter.greetAll(name);
    meter.moved();
    onChange();
  });

  const moved = new Set<string>();
  const movePairs = () => {
    const pairs = mesh?.pairs.filter((pair) => moved.has(pair.host)) ?? [];
    moved.clear();
    if (mesh !== undefined) void move(mesh, pairs).then(() => loop.trigger());
  };

  /** A state is in force at once, and kept as soon as the disk has room for it. */
  const saveAgain = () => {
    try {
      saveState(folder, state);
      [isSaved, stateFailure] = [true, undefined];
      onChange();
    } catch {} // told already
  };

  const round = async () => {
    if (mesh === undefined) return "done";
    if (!isSaved) saveAgain();
    const { followed, guarded } = state;
    const [before, result] = [last, await pass(withOpenings(mesh, speed.openings()))];
    last = result;
    tally.passed(result);
    tally.keep(planesOf(mesh));
    if (result.actual) exchange.look(mesh, result.actual);
    if (result.isRepair) happenings.add(...repairHappening(mesh.host.name, result.changes));
    for (const failure of result.failures) log.error({ reason: failure.message }, "reconcile");
    const planes = ({ actual }: PassResult) =>
      actual && mesh?.pairs.map((pair) => pair.tell && planeInUse(pair, actual)).join();
    const hasMoved = planes(before) !== planes(result);
    const isInForce = result.failures.length === 0 && guarded.held === undefined;
    const isNews = result.failures[0]?.message !== before.failures[0]?.message;
    if (isNews || (isInForce && digest !== followed.digest) || hasMoved) onChange();
    if (isInForce) ({ revision, digest } = followed);
    if (result.failures.length > 0) return "failed";
    // What went with an interface that was made anew may not all have been known.
    return remade(result) && !remade(before) ? "again" : "done";
  };
  const loop: Loop = startLoop({ clock, round, everyMs, quietMs });

  const looks = { exec, log, mesh: () => mesh, onChange };
  const [overlaps, dropped] = [watchOverlaps(looks), watchFirewalls(looks)];
  const networks = startLoop({ clock, round: overlaps.look, everyMs: othersMs, quietMs });
  const firewalls = startLoop({ clock, round: dropped.look, everyMs: othersMs, quietMs });

  const end = new AbortController();
  void (async () => {
    while (!end.signal.aborted) {
      routers.choose();
      await clock.sleep(routersMs, end.signal);
    }
  })();

  const put = (next: AgentState) => {
    mesh = meshFromObjects(next.guarded.inForce);
    state = next;
    isSaved = false;
    saveState(folder, state);
    isSaved = true;
  };

  const take = (followed: Followed) => {
    const guarded = guard(state.guarded, followed.objects, followed.revision);
    if (guarded.held) log.warn({ peers: guarded.held.peers }, "removals are held until a person confirms them");
    put({ followed, guarded, ...trial.before(state, followed.objects) });
  };

  const trial = createTrial(clock);
  const endTrial = () => {
    const before = trial.over(state);
    if (before === undefined) return;
    log.warn(
      { revision: before.followed.revision },
      "a state on trial was not confirmed: the one before it is in force",
    );
    happenings.add("state.undone", mesh?.host.name ?? "", "it went back to the state before one that nobody confirmed");
    tried(() => put(before));
  };

  /** A disk that is full, or a state that makes no sense: the host goes on, and control is told. */
  const tried = (work: () => void) => {
    try {
      work();
      stateFailure = undefined;
    } catch (error) {
      stateFailure = error as Error;
      log.error({ reason: stateFailure.message }, "state");
    }
    loop.trigger();
    firewalls.trigger();
    networks.trigger();
    onChange();
  };

  void (async () => {
    while (!end.signal.aborted) {
      await clock.sleep(pulseMs, end.signal);
      if (end.signal.aborted) return;
      endTrial();
      if (mesh?.planes.some((plane) => !wireguard.isAlive(plane.name))) loop.trigger();
    }
  })();

  return {
    followed: () => state.followed,
    follow: (followed) => tried(() => take(followed)),
    facts: () => {
      const failure = stateFailure ?? last.failures[0];
      return {
        revision,
        keyOf: keys.keyOf,
        reach: prober.reach,
        leg: prober.leg,
        mtuOf: meter.measured,
        tried: { pair: direct.tried, leg: legs.tried },
        events: happenings.pending(),
        warnings: [...dropped.warnings(), ...overlaps.warnings()],
        networks: overlaps.networks(),
        ...(mesh && { mesh, keys: keys.asked(mesh) }),
        ...(digest !== undefined && { digest }),
        ...(last.actual && { actual: last.actual }),
        ...(state.guarded.held && { held: state.guarded.held }),
        ...(failure && { error: failure.message }),
      };
    },
    arrived: ({ events = [] }) => happenings.arrived(events),
    tunnels: () => tunnelsOf(mesh?.pairs.map(({ host }) => host) ?? [], prober.reach),
    line: () =>
      mesh &&
      lineView({
        ...{ mesh, actual: last.actual, leg: prober.leg, mappings: direct.look() },
        addresses: ownAddresses(networkInterfaces()),
      }),
    ping: pinger.ping,
    trace: tracer.answer,
    speed,
    async close() {
      end.abort();
      speed.close();
      for (const one of [direct, legs, addresses, meter]) one.close();
      prober.close();
      await Promise.all([loop.close(), firewalls.close(), networks.close(), tracer.close()]);
    },
  };
}

/** What is opened for a moment is opened as an access rule would. */
const withOpenings = (mesh: MeshState, openings: MeshState["inbound"]): MeshState =>
  openings.length === 0 ? mesh : { ...mesh, inbound: [...mesh.inbound, ...openings] };

const remade = ({ changes }: PassResult) => changes.some((one) => one.kind === "createLink");
