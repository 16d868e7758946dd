// Hosts of a lab with agents that follow compiled states from files: the agent alone, without control.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ensureKeys } from "../../src/agent/keys.ts";
import { readJsonIfAny, writeFileAtomic } from "../../src/lib/files.ts";
import { writeIdentity } from "../../src/lib/identity.ts";
import { pathsFrom } from "../../src/lib/paths.ts";
import { compile } from "../../src/plan/compile.ts";
import type { ObservedHost } from "../../src/plan/observed.ts";
import type { AccessRule, HostSpec, Role, Selector, Spec } from "../../src/spec/types.ts";
import type { HostObject } from "../../src/wire/mesh.ts";
import type { AgentStatus, PeerStatus } from "../../src/wire/stream.ts";
import type { Host, Lab } from "../lab/lab.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";

/** A machine with an agent. */
export interface AgentHost {
  readonly host: Host;
  readonly stateDir: string;
  /** The agent that was started last. */
  readonly agent: () => LabProcess;
  readonly startAgent: (env?: Readonly<Record<string, string>>) => void;
  readonly status: () => AgentStatus | undefined;
  /** Commands by which its agents changed the machine, up to now. */
  readonly changes: () => readonly string[];
  readonly ipv4: () => string;
  readonly ipv6: () => string;
}

export interface HostPart {
  readonly roles?: readonly Role[];
  /** Host and port of the direct plane. */
  readonly endpoint?: string;
  readonly relayPort?: number;
  /** Networks behind it that it routes for others. */
  readonly routes?: readonly string[];
  readonly masquerade?: false;
  readonly exit?: HostSpec["exit"];
  readonly tunnel?: HostSpec["tunnel"];
  readonly hooks?: HostSpec["hooks"];
}

/** Host names, or a prefix or `internet` as destination, and `tcp/8080` or `icmp`. */
export interface Rule {
  readonly from: string;
  readonly to: string;
  readonly allow: string;
  readonly relay?: "never";
}

export interface AgentNetwork {
  readonly join: (host: Host, part?: HostPart) => AgentHost;
  /** Compiles and hands every host its state; returns its revision. */
  readonly apply: (rules: readonly Rule[], options?: { readonly drained?: readonly string[] }) => number;
}

export function agentNetwork(lab: Lab): AgentNetwork {
  const members = new Map<string, { readonly stateDir: string; readonly part: HostPart }>();
  const addresses = new Map<string, { readonly ipv4: string; readonly ipv6: string }>();
  let revision = 0;
  return {
    join(host, part = {}) {
      const stateDir = join(lab.folder, "agents", host.name);
      members.set(host.name, { stateDir, part });
      const dummy = { caPem: "-", certificatePem: "-", keyPem: "-" };
      const identity = { name: host.name, network: "lab", controlUrls: ["https://127.0.0.1:1"], ...dummy };
      writeIdentity(pathsFrom({ stateDir }).identity, identity);
      const started: LabProcess[] = [];
      const logs = () => started.flatMap((one) => one.logText().split("\n"));
      return {
        host,
        stateDir,
        agent: () => started.at(-1)!,
        startAgent: (env) => {
          rmSync(join(stateDir, "status.json"), { force: true }); // what an agent before this one told
          const words = [process.execPath, join(import.meta.dirname, "agent-host.ts"), stateDir];
          started.push(host.start(words, { name: `agent-${started.length + 1}`, ...(env && { env }) }));
        },
        status: () => readJsonIfAny(join(stateDir, "status.json")) as AgentStatus | undefined,
        changes: () => logs().flatMap((line) => /"command":"((?:[^"\\]|\\.)*)","msg":"change"/.exec(line)?.[1] ?? []),
        ipv4: () => addresses.get(host.name)!.ipv4,
        ipv6: () => addresses.get(host.name)!.ipv6,
      };
    },
    apply(rules, { drained = [] } = {}) {
      revision++;
      const spec = specOf(members, rules);
      const observed = Object.fromEntries([...members].map(([name, { stateDir }]) => [name, observe(stateDir)]));
      const drains = drained.map((name) => ({ kind: "host", name, endMs: 0 }) as const);
      const compiled = compile(spec, { hosts: observed, released: [], drains });
      for (const [name, { stateDir }] of members) {
        const { mesh } = compiled.hosts[name]!;
        const { ipv4, ipv6 } = JSON.parse(mesh["host"]!) as HostObject;
        addresses.set(name, { ipv4, ipv6 });
        writeFileAtomic(join(stateDir, "desired.json"), JSON.stringify({ revision, objects: mesh }));
      }
      return revision;
    },
  };
}

/**
 * Waits until `from` reports `to` as online, and by that path if one is given. A path that fell again and again is held back
 * for longer each time, so that it may take a while.
 */
export async function reaches(from: AgentHost, to: AgentHost, path?: string, timeoutMs = 120_000): Promise<PeerStatus> {
  return waitFor(
    () => {
      const peer = from.status()?.peers.find((one) => one.host === to.host.name);
      return peer?.online && (path === undefined || (peer.path?.via ?? peer.path?.plane) === path) ? peer : undefined;
    },
    { what: `${from.host.name} to reach ${to.host.name} by ${path ?? "any path"}`, timeoutMs },
  );
}

/** When the one last shook hands with the other on that plane, Unix seconds. */
export async function handshakeAt(one: AgentHost, plane: string, other: AgentHost): Promise<number> {
  const [dump, key] = await Promise.all([
    one.host.run(["wg", "show", plane, "latest-handshakes"]),
    other.host.run(["wg", "show", plane, "public-key"]),
  ]);
  const line = dump.stdout.split("\n").find((text) => text.startsWith(key.stdout.trim()));
  return Number(line?.split("\t")[1] ?? 0);
}

function observe(stateDir: string): ObservedHost {
  const keys = ensureKeys(pathsFrom({ stateDir }).agent);
  return {
    joined: true,
    tags: [],
    keys: Object.fromEntries(keys.map(({ plane, publicKey }) => [plane, publicKey])),
    removalsConfirmedAt: 0,
  };
}

function specOf(members: ReadonlyMap<string, { readonly part: HostPart }>, rules: readonly Rule[]): Spec {
  const hosts = [...members].map(([name, { part }]): [string, HostSpec] => {
    const [host, port] = part.endpoint?.split(":") ?? [];
    const endpoint = host === undefined ? {} : { endpoint: { host, port: Number(port) } };
    const { roles = [], relayPort = 51822, routes, masquerade, exit, tunnel, hooks } = part;
    const behind = {
      ...(routes && { routes }),
      ...(masquerade === false && { masquerade }),
      ...(exit && { exit }),
      ...(tunnel && { tunnel }),
      ...(hooks && { hooks }),
    };
    return [name, { roles, tags: [], ports: { direct: 51820, relay: relayPort }, ...behind, ...endpoint }];
  });
  return {
    version: 1,
    network: { name: "lab", ipv4: "10.77.0.0/16", ipv6: "fd12:3456:789a::/48", keepaliveSeconds: 25 },
    join: { approve: false, credentialMs: 180 * 24 * 3_600_000 },
    hosts: Object.fromEntries(hosts.sort(([a], [b]) => (a < b ? -1 : 1))),
    access: rules.map(accessRule),
    tests: [],
    services: {},
    policies: {},
    routes: [],
    listeners: [],
    tls: { certificates: [], selfSigned: false },
    edge: {
      http: null,
      https: null,
      trustedProxies: [],
      proxyProtocol: false,
      forwarded: false,
      maxHeaderBytes: 8192,
      limits: null,
      accessLog: false,
      accessLogToStdout: false,
      whySamplePercent: 1,
      tuning: {},
    },
  };
}

function accessRule({ from, to, allow, relay }: Rule): AccessRule {
  const select = (name: string): Selector[] => [{ kind: "host", name }];
  const [protocol, port] = allow.split("/") as ["tcp" | "udp" | "icmp" | "any", string | undefined];
  const ports = port === undefined ? {} : { ports: { first: Number(port), last: Number(port) } };
  const internet = to === "internet" ? ({ to: [], toInternet: true } as const) : undefined;
  const ends = internet ?? (to.includes("/") ? { to: [], toPrefixes: [to] } : { to: select(to) });
  return { from: select(from), ...ends, allow: [{ protocol, ...ports }], ...(relay && { relay }) };
}
