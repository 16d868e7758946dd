// Which router carries the packets of each network behind other hosts: chosen by this host alone, from its probes.
import type { Clock } from "../../lib/clock.ts";
import type { MeshState, SubnetObject } from "../../wire/mesh.ts";
import type { RouterStatus } from "../../wire/stream.ts";
import type { Warning } from "../../wire/warnings.ts";
import type { Actual } from "../overlay/model.ts";
import { internetSubnets } from "../overlay/tunnel.ts";
import type { Prober } from "../paths/prober.ts";
import { type Candidate, chooseRouter } from "./choice.ts";

export interface Routers {
  /** The router in use; undefined for a network that nobody leads to. */
  readonly of: (subnet: SubnetObject) => string | undefined;
  /** Takes up a state; what an agent before this one left in use stays in use. */
  readonly update: (mesh: MeshState, actual: Actual) => void;
  /** Chooses anew. */
  readonly choose: () => void;
  /** Of each network that this host itself reaches so. */
  readonly inUse: () => readonly RouterStatus[];
}

export interface RouterEvents {
  /** Packets for these networks go by another router from now on. */
  readonly onChange: (prefixes: readonly string[], from: string | undefined, to: string) => void;
}

/** A relay hears of each spoke every second, and more often where answers are missing; one that it is no pair with is dark after this long. */
const silenceMs = 2_500;
/** From when a state is taken up, tunnels have this long to prove themselves. */
const settleMs = 5_000;

export function createRouters(
  { monotonic }: Pick<Clock, "monotonic">,
  prober: Pick<Prober, "reach" | "heardAt">,
  { onChange }: RouterEvents,
): Routers {
  const chosen = new Map<string, string>();
  const since = new Map<string, number>();
  const knownFrom = new Map<string, number>();
  let mesh: MeshState | undefined;

  const stateOf = (name: string, isExit: boolean): Candidate => {
    const now = monotonic();
    if (name === mesh?.host.name) return { name, since: Number.NEGATIVE_INFINITY, isDark: false };
    const reach = prober.reach(name);
    if (isExit && reach?.path.via !== undefined) return { name, isDark: true }; // no third host passes that on
    const [answers, isDark] = reach ? [reach.proven, reach.isDark] : heard(name, now);
    if (!answers) since.delete(name);
    else if (!since.has(name)) since.set(name, now);
    const answersSince = since.get(name);
    return { name, isDark, ...(answersSince !== undefined && { since: answersSince }) };
  };
  const heard = (name: string, now: number): readonly [boolean, boolean] => {
    const peer = mesh?.peers.find(({ plane, host }) => plane === "pwr" && host === name);
    const times = peer?.planeRoutes.map(
      (route) => prober.heardAt(route.replace(/\/.*/, "")) ?? Number.NEGATIVE_INFINITY,
    );
    const isHeard = now - Math.max(...(times ?? [])) <= silenceMs;
    return [isHeard, !isHeard && now - (knownFrom.get(name) ?? now) >= settleMs];
  };

  const choose = () => {
    const groups = Map.groupBy(mesh ? [...mesh.subnets, ...internetSubnets(mesh)] : [], keyOf);
    for (const [key, subnets] of groups) {
      const before = chosen.get(key);
      const isExit = isInternet(subnets[0]!);
      const states = subnets[0]!.routers.map((name) => stateOf(name, isExit));
      const to = chooseRouter(states, before, monotonic());
      if (to === undefined || to === before) continue;
      chosen.set(key, to);
      onChange(
        subnets.map(({ prefix }) => prefix),
        before,
        to,
      );
    }
    for (const key of chosen.keys()) if (!groups.has(key)) chosen.delete(key);
  };

  return {
    of: (subnet) => chosen.get(keyOf(subnet)) ?? subnet.routers[0],
    update(next, actual) {
      mesh = next;
      const subnets = [...next.subnets, ...internetSubnets(next)];
      for (const name of subnets.flatMap(({ routers }) => routers)) {
        if (!knownFrom.has(name)) knownFrom.set(name, monotonic());
      }
      for (const subnet of subnets) {
        const found = chosen.has(keyOf(subnet)) ? undefined : routerInUse(subnet, next, actual);
        if (found !== undefined) chosen.set(keyOf(subnet), found);
      }
      choose();
    },
    choose,
    inUse() {
      if (mesh === undefined) return [];
      const own = [...mesh.subnets.filter((subnet) => subnet.own), ...internetSubnets(mesh)];
      return own.map((subnet) => {
        const host = chosen.get(keyOf(subnet)) ?? subnet.routers[0];
        if (host === undefined) return { network: subnet.prefix, online: false };
        return { network: subnet.prefix, host, online: stateOf(host, isInternet(subnet)).since !== undefined };
      });
    },
  };
}

/** A host that goes through exits and has none that answers is told: it is as good as cut off. */
export function exitWarnings(inUse: readonly RouterStatus[]): readonly Warning[] {
  const [ipv4, ipv6] = ["0.0.0.0/0", "::/0"].map((internet) => inUse.find(({ network }) => network === internet));
  const way = ipv4?.host === undefined && ipv6?.host !== undefined ? ipv6 : ipv4; // its exits may have one of the two alone
  if (way === undefined || way.online) return [];
  const which = way.host === undefined ? "no exit host is there" : `${way.host}, its exit, does not answer`;
  const text = `${which}: what it sends to the internet goes nowhere`;
  const hint = "look at the exit host, or take tunnel out of the file for this one";
  return [{ code: "noExit", severity: "critical", text, hint }];
}

/** Networks that the same hosts lead to move together; the internet apart from them. */
const keyOf = (subnet: SubnetObject) => `${isInternet(subnet) ? "internet " : ""}${subnet.routers.join()}`;

const isInternet = ({ prefix }: SubnetObject) => prefix.endsWith("/0");

/** The peer that WireGuard hands the network's packets to now. */
function routerInUse({ prefix, routers }: SubnetObject, { peers }: MeshState, actual: Actual): string | undefined {
  const owners = ["pw0", "pwr"].flatMap((plane) => {
    const states = actual.links.get(plane)?.device?.peers ?? [];
    const key = states.find(({ allowedIps }) => allowedIps.includes(prefix))?.publicKey;
    return peers.filter((peer) => peer.plane === plane && peer.publicKey === key).map(({ host }) => host);
  });
  return owners.find((host) => routers.includes(host));
}
