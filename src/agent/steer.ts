// Keeps the machine as the state in force says: reconciles when something changed, when an interface is gone, and every few
// seconds in case somebody else changed something. Here the parts of an agent that follow its paths are put together.
import { networkInterfaces } from "node:os";
import type { Clock } from "../lib/clock.ts";
import type { Exec } from "../lib/exec.ts";
import type { Log } from "../lib/log.ts";
import type { Followed } from "../wire/follow.ts";
import type { MeshState } from "../wire/mesh.ts";
import type { LineView } from "../wire/netcheck.ts";
import type { AgentStatus } from "../wire/stream.ts";
import type { Tunnels } from "../wire/tunnels.ts";
import { createDeadlines } from "./deadlines.ts";
import { ownAddresses } from "./direct/candidates.ts";
import { startDirect } from "./direct/direct.ts";
import { createGreeter } from "./direct/greet.ts";
import { createEndpoints, type Lookup } from "./endpoints.ts";
import { every } from "./every.ts";
import { createHappenings, repairHappening } from "./happenings.ts";
import { createHooks } from "./hooks/hooks.ts";
import { hookInterface } from "./hooks/record.ts";
import { openInForce } from "./in-force.ts";
import { type Keyring, openKeyring } from "./keyring.ts";
import { lineView } from "./line-view.ts";
import { type Loop, startLoop } from "./loop.ts";
import { openSettings } from "./machine/settings.ts";
import { readSent } from "./machine/traffic.ts";
import { watchMachine } from "./machine/watch.ts";
import { createExchange } from "./metrics/exchange.ts";
import { planesOf, type Tally } from "./metrics/tally.ts";
import { createMoves } from "./moves.ts";
import { startMeter } from "./mtu/meter.ts";
import { createOutside } from "./mtu/outside.ts";
import { readTraffic } from "./mtu/traffic.ts";
import { createNews } from "./news.ts";
import { createPasses } from "./passes.ts";
import { watchActivity } from "./paths/activity.ts";
import { type ProbeEvents, startProber } from "./paths/prober.ts";
import { createPinger, type Pinger } from "./ping.ts";
import { createReconciler } from "./reconcile.ts";
import { helpBypass } from "./repair/bypass.ts";
import { createLapses } from "./repair/lapses.ts";
import { startLegs } from "./repair/legs.ts";
import { watchAddresses } from "./repair/roaming.ts";
import { createSpeed, type Speed } from "./speed/speed.ts";
import type { StatusFacts } from "./status.ts";
import { createRouters, exitWarnings } from "./subnets/routers.ts";
import { tunnelsOf } from "./tell-tunnels.ts";
import { createTracer, type Tracer } from "./trace/trace.ts";
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
  /** Whether this machine runs commands of the central file. */
  readonly allowsHooks: () => boolean;
  /** Names or addresses, and ports, at which control answers. */
  readonly control: readonly string[];
  readonly tally: Tally;
  /** Something that the status tells has changed. */
  readonly onChange: () => void;
  /** The same of paths, which nobody waits for and which may change for many hosts at once. */
  readonly onPaths: () => void;
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
  const { folder, log, clock, exec, announce, wireguard, tally, onChange, onPaths } = options;
  const happenings = createHappenings(clock.now);
  const news = createNews({
    ...{ log, happenings, onChange, onPaths },
    name: () => mesh()?.host.name ?? "",
    isAsked: (host) => pairOf(host)?.tell === true,
  });
  const inForce = openInForce({
    ...{ folder, log, clock, onUndone: news.undone },
    onChange() {
      for (const one of [loop, machine]) one.trigger();
      bypass.look();
    },
    onTrouble: onChange,
  });
  const { mesh } = inForce;
  const pairOf = (name: string) => mesh()?.pairs.find(({ host }) => host === name);

  const pinger = createPinger(
    clock,
    () => prober,
    (host, path) => meter.measured(host, path),
  );
  const probeEvents: ProbeEvents = {
    onMove(host) {
      tally.moved(host);
      moves.add(host);
    },
    onChange(host) {
      news.path(host, prober.reach(host));
      routers.choose();
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
      const peer = mesh()?.peers.find((one) => one.plane === path.plane && one.host === next);
      if (peer === undefined) return;
      fellSilent(peer);
      loop.trigger();
    },
  };
  const prober = startProber(clock, probeEvents, (host) => activity.isBusy(host));
  const activity = watchActivity({
    ...{ clock, mesh, ownOf: prober.sentBy },
    planeOf: (host) => prober.reach(host)?.path.plane,
    sentBy: (plane) => readTraffic(plane)?.packets,
    readSent: () => readSent(exec),
  });
  const meter = startMeter({
    ...{ clock, traffic: readTraffic, random: Math.random },
    outside: createOutside(exec, undefined, () => mesh()?.tunnel !== undefined),
    prober,
    mesh,
    onFound(host, path, found) {
      moves.now(new Set([host]));
      news.mtu(host, path, found);
    },
    onLink: () => loop.trigger(),
  });
  const routers = createRouters(clock, prober, {
    onChange(prefixes, from, to) {
      news.router(prefixes, from, to);
      loop.trigger();
    },
  });
  const tracer = createTracer({ exec, announce, clock, mesh, reach: prober.reach, routerOf: routers.of });
  const keys = openKeyring(folder);
  const endpoints = createEndpoints(clock, options.lookup, () => loop.trigger());
  const exchange = createExchange({ tally, now: clock.now, onFailing: news.handshakesFail });
  const { pass, move, fellSilent } = createReconciler({
    machine: { exec, announce, folder, settings: openSettings(folder, announce), wireguard },
    keys,
    prober,
    routers,
    endpoints,
    control: options.control,
    now: clock.now,
    isOver: createDeadlines(clock),
    lapsed: createLapses(clock),
    meter,
  });

  const greeter = createGreeter(exec, (command) => log.info({ command }, "direct"), clock);
  const direct = startDirect({
    ...{ clock, prober, interfaces: networkInterfaces, isSilent: greeter.isSilent, greet: greeter.greet },
    ...{ resolve: endpoints.resolve, doubt: endpoints.doubt },
    mesh,
    endpointOf: greeter.endpointOf,
  });

  const passes = createPasses();
  const speed = createSpeed({
    ...{ clock, exec, prober, meter, ping: pinger.ping },
    mesh,
    actual: passes.actual,
    onOpening: () => loop.trigger(),
  });
  const legs = startLegs({
    ...{ clock, greeter, resolve: endpoints.resolve, doubt: endpoints.doubt },
    mesh,
    answers: (plane) => prober.leg(plane)?.proven === true,
    onRemedy: news.remedy,
    onBack: news.relayBack,
  });
  const bypass = helpBypass({ clock, mesh, greeter });
  const addresses = watchAddresses(clock, networkInterfaces, (gone, now) => {
    for (const { name } of mesh()?.planes ?? []) if (name !== "pwr") void greeter.greetAll(name);
    meter.moved();
    news.roamed(gone, now);
  });

  const moves = createMoves({ mesh, move, onMoved: () => loop.trigger() });

  const round = async () => {
    const [state, wanted] = [inForce.state(), mesh()];
    if (wanted === undefined) return "done";
    if (inForce.saveAgain()) onChange();
    const result = await pass(withOpenings(wanted, speed.openings()));
    tally.passed(result);
    tally.keep(planesOf(wanted));
    if (result.actual) exchange.look(wanted, result.actual);
    if (result.isRepair) happenings.add(...repairHappening(wanted.host.name, result.changes));
    for (const failure of result.failures) log.error({ reason: failure.message }, "reconcile");
    const link = result.actual?.links.get(hookInterface);
    if (result.failures.length === 0 && link?.up && link.index !== undefined) hooks.settle(wanted, link.index);
    const { isNews, isLater, outcome } = passes.add(result, state, wanted);
    if (isNews) onChange();
    else if (isLater) onPaths(); // news of all hosts at once
    return outcome;
  };
  const hooks = createHooks({ folder, exec, log, isAllowed: options.allowsHooks, onChange: news.hook });
  const loop: Loop = startLoop({ clock, round, everyMs, quietMs });

  const machine = watchMachine({ clock, exec, log, mesh, onChange, everyMs: othersMs, quietMs });

  const choosing = every(clock, routersMs, routers.choose);
  const pulse = every(clock, pulseMs, () => {
    inForce.endTrial();
    if (mesh()?.planes.some((plane) => !wireguard.isAlive(plane.name))) loop.trigger();
  });

  return {
    followed: () => inForce.state().followed,
    follow: inForce.take,
    facts: () => {
      const [state, wanted, actual] = [inForce.state(), mesh(), passes.actual()];
      const failure = inForce.failure() ?? passes.failure();
      return {
        ...passes.reached(),
        keyOf: keys.keyOf,
        reach: prober.reach,
        leg: prober.leg,
        mtuOf: meter.measured,
        tried: { pair: direct.tried, leg: legs.tried },
        routers: routers.inUse(),
        events: happenings.pending(),
        warnings: [...machine.warnings(), ...exitWarnings(routers.inUse()), ...hooks.warnings()],
        networks: machine.networks(),
        ...(wanted && { mesh: wanted, keys: keys.asked(wanted) }),
        ...(actual && { actual }),
        ...(state.guarded.held && { held: state.guarded.held }),
        ...(failure && { error: failure.message }),
      };
    },
    arrived: ({ events = [] }) => happenings.arrived(events),
    tunnels: () => tunnelsOf(mesh()?.pairs.map(({ host }) => host) ?? [], prober.reach),
    line: () => {
      const [wanted, actual, leg] = [mesh(), passes.actual(), prober.leg];
      if (wanted === undefined) return undefined;
      const addresses = ownAddresses(networkInterfaces());
      return lineView({ mesh: wanted, actual, leg, mappings: direct.look(), addresses });
    },
    ping: pinger.ping,
    trace: tracer.answer,
    speed,
    async close() {
      speed.close();
      for (const one of [choosing, pulse, activity, direct, legs, bypass, addresses, meter]) one.close();
      prober.close();
      await Promise.all([loop.close(), machine.close(), tracer.close(), hooks.close()]);
    },
  };
}

/** What is opened for a moment is opened as an access rule would. */
const withOpenings = (mesh: MeshState, openings: MeshState["inbound"]): MeshState =>
  openings.length === 0 ? mesh : { ...mesh, inbound: [...mesh.inbound, ...openings] };
