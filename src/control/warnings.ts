// What a person should know, from the facts and from what hosts said. Pure.
import { leastAgentCapability } from "../wire/capability.ts";
import type { AgentStatus, EdgeStatus, StreamPart } from "../wire/stream.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Clone } from "./clones.ts";
import { fresh, freshMs, type Heard, onlineHosts, type Received } from "./statuses.ts";

/** What is judged. */
export interface Situation {
  readonly nowMs: number;
  /** When control began to listen: before that it can have heard nothing. */
  readonly sinceMs: number;
  /** Hosts that have joined, and those that only the file names. */
  readonly joined: readonly string[];
  /** When they joined: an agent starts after that. */
  readonly joinedAtMs?: ReadonlyMap<string, number>;
  readonly missing: readonly string[];
  /** Hosts that are away for longer than their grace, and since when. */
  readonly stale?: ReadonlyMap<string, string>;
  /** Hosts whose identity another machine has too. */
  readonly clones?: ReadonlyMap<string, Clone>;
  /** Hosts that wait for an administrator's approval. */
  readonly waiting?: readonly string[];
  /** The file has routes and names edges, of which none has joined. */
  readonly unserved?: readonly string[];
  readonly heard: ReadonlyMap<string, Heard>;
  /** The revision that a host's program was told last, and when. */
  readonly told: (host: string, part: StreamPart) => { readonly revision: number; readonly atMs: number } | undefined;
  /** Why the last compile failed. */
  readonly compileError?: string;
}

/** A warning about one host: severity, code, what is wrong, what to do, and of what part of the host. */
type Finding = readonly [severity: Warning["severity"], code: string, text: string, hint: string, part?: string];

const maxSkewMs = 60_000;
/** An agent tells every ten seconds; one that has just come back has not probed its paths when it tells first. */
export const connectingMs = 20_000;
/** A program that needs longer than this to follow has a problem. */
const maxLagMs = 15_000;

/** All warnings about the network's running, host by host; those about the file come from the compiler. */
export function runningWarnings(situation: Situation): readonly Warning[] {
  const online = onlineHosts(situation.heard, situation.nowMs);
  const about = (subject: string, findings: readonly Finding[]): Warning[] =>
    findings.map(([severity, code, text, hint, part]) => ({
      ...{ code, severity, subject, text: `${subject} ${text}`, hint },
      ...(part !== undefined && { part }),
    }));
  return [
    ...compileFailure(situation),
    ...situation.joined.flatMap((host) => about(host, joinedHost(host, online.has(host), situation))),
    ...(situation.waiting ?? []).flatMap((host) => about(host, [waits(host)])),
    ...situation.missing.flatMap((host) => about(host, [notJoined(host, situation.unserved?.includes(host))])),
  ];
}

function compileFailure({ compileError }: Situation): Warning[] {
  if (compileError === undefined) return [];
  const text = `the desired state could not be computed: ${compileError}`;
  const hint = "hosts keep the state they have; apply another file, and report this as a bug";
  return [{ code: "compileFailed", severity: "critical", text, hint }];
}

function cloned(host: string, { connected, refused }: Clone): Finding {
  const where =
    connected === refused
      ? `from ${connected}, and so was the one that was refused`
      : `from ${connected}; the one at ${refused} was refused`;
  const text = `is two machines with one identity, as when a disk is copied: one is connected ${where}`;
  const hint = `on the copy: portway leave, then join under another name; should the copy be the one that is connected, end its agent first; if neither is to be trusted: portway hosts remove ${host}`;
  return ["critical", "hostCloned", text, hint];
}

function stale(since: string): Finding {
  const hint = "its peers take it up again by themselves when it returns; if it does not: portway hosts remove";
  return [
    "info",
    "hostStale",
    `has been away since ${since}, longer than its grace: its peers have let go of it`,
    hint,
  ];
}

function waits(host: string): Finding {
  const hint = `is it yours? Then \`portway approve ${host}\`, else \`portway reject ${host}\``;
  return ["warning", "hostWaiting", "wants to join and waits for approval", hint];
}

function notJoined(host: string, wouldServe = false): Finding {
  const hint = `make a token with \`portway token create --host ${host}\` and run \`portway join TOKEN --name ${host}\` there`;
  if (!wouldServe) return ["info", "hostNotJoined", "is in the file but has not joined", hint];
  const text = "has not joined, and no other edge has: nothing serves the file's routes";
  return ["critical", "noEdge", text, `${hint}; if control runs there, \`portway up\` is enough`];
}

function joinedHost(host: string, online: boolean, situation: Situation): Finding[] {
  const heard = situation.heard.get(host) ?? { streams: [] };
  const agent = fresh(heard.agent, situation.nowMs);
  const edge = fresh(heard.edge, situation.nowMs);
  const clone = situation.clones?.get(host);
  return [
    ...(clone ? [cloned(host, clone)] : []),
    ...(situation.stale?.has(host) ? [stale(situation.stale.get(host)!)] : offline(host, online, agent, situation)),
    ...(agent ? agentFindings(host, agent) : []),
    ...(edge ? edgeFindings(edge) : []),
    ...(agent?.warnings ?? []).map(ownFinding),
    ...(edge?.warnings ?? []).map(ownFinding),
    ...skew(agent ? heard.agent : edge ? heard.edge : undefined),
    ...(agent && !agent.held ? lag("agent", agent.revision, situation.told(host, "mesh"), situation.nowMs) : []),
    ...(edge && !edge.snapshotError ? lag("edge", edge.revision, situation.told(host, "edge"), situation.nowMs) : []),
  ];
}

function offline(host: string, online: boolean, agent: AgentStatus | undefined, situation: Situation): Finding[] {
  if (online || agent?.peers.length === 0) return [];
  if (!agent && situation.nowMs - situation.sinceMs < freshMs) return [];
  if (isConnecting(host, situation)) {
    const text = agent ? "its agent has run for a few seconds only" : "its agent is only about to start";
    return [["info", "hostConnecting", `is connecting: ${text}`, "look again in a few seconds"]];
  }
  // Of a tunnel whose other end has just come, that end's own word is enough.
  if (agent?.peers.every((peer) => isConnecting(peer.host, situation))) return [];
  if (agent) {
    const hint = `\`portway hosts show ${host}\` shows which peers it tries; can UDP pass between them?`;
    return [["critical", "hostOffline", "gets nothing back through its tunnels", hint]];
  }
  const hint = "is the host up and its agent running? There: systemctl status portway-agent";
  return [["critical", "hostOffline", "is silent: nothing through the tunnel, nothing from its agent", hint]];
}

/** Its agent has just come or come back, or it has just joined. */
function isConnecting(host: string, { nowMs, heard, joinedAtMs }: Situation): boolean {
  const isNew = (sinceMs = 0) => sinceMs <= nowMs && nowMs - sinceMs < connectingMs;
  return isNew(heard.get(host)?.agentSinceMs) || isNew(joinedAtMs?.get(host));
}

function agentFindings(host: string, { held, error, capability, version }: AgentStatus): Finding[] {
  const findings: Finding[] = [];
  if (capability < leastAgentCapability) {
    const text = `has an agent (${version}) that is too old for this control: its tunnels stay, but it takes in no change, no removal of a host either`;
    const hint = `put control's version on ${host}: git pull && make build in /opt/portway there, then systemctl restart portway-agent`;
    return [["critical", "agentTooOld", text, hint]];
  }
  if (held) {
    const text = `keeps ${held.peers.length} of its ${held.of} peers that it was told to remove, until a person confirms`;
    findings.push(["critical", "removalsHeld", text, `if that is meant: portway hosts confirm-removals ${host}`]);
  }
  if (error !== undefined) {
    const hint = "it tries again by itself; `portway logs agent` on that host says more";
    findings.push(["warning", "agentFailed", `cannot make its state true: ${error}`, hint]);
  }
  return findings;
}

function edgeFindings({ nginx, snapshotError }: EdgeStatus): Finding[] {
  const findings: Finding[] = [];
  const hint = "the one before stays in force; correct the file and apply it again";
  if (snapshotError !== undefined) {
    findings.push(["critical", "snapshotRefused", `refused its last snapshot: ${snapshotError}`, hint]);
  }
  if (nginx.configError !== undefined) {
    const isTaken = /address already in use/i.test(nginx.configError);
    const free =
      "another program has that port there: `ss -ltnp` names it; end it, and nginx is started again by itself";
    const text = isTaken ? "cannot start its nginx" : "refused its new nginx.conf";
    findings.push(["critical", "nginxConfigRefused", `${text}: ${nginx.configError}`, isTaken ? free : hint]);
  }
  if (!nginx.running) {
    const help = "it is started again by itself; if it stays down: `portway logs edge` on that host";
    findings.push(["critical", "nginxDown", "has no nginx running: its public requests fail", help]);
  }
  return findings;
}

/** What a host's own program warns of; the text names the part of the host, if it is about one. */
const ownFinding = ({ severity, code, subject, text, hint }: Warning): Finding =>
  subject === undefined
    ? [severity, code, `says: ${text}`, hint]
    : [severity, code, `says of ${subject}: ${text}`, hint, subject];

function skew(received: Received<AgentStatus | EdgeStatus> | undefined): Finding[] {
  if (!received) return [];
  const skewMs = received.status.clockMs - received.atMs;
  if (Math.abs(skewMs) <= maxSkewMs) return [];
  const text = `has a clock that is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? "ahead" : "behind"}`;
  return [["warning", "clockSkew", text, "set up time synchronisation there: tokens are judged by the clock"]];
}

function lag(
  program: string,
  revision: number,
  told: { readonly revision: number; readonly atMs: number } | undefined,
  nowMs: number,
): Finding[] {
  if (!told || revision >= told.revision || nowMs - told.atMs <= maxLagMs) return [];
  const text = `is behind: its ${program} has revision ${revision} in force, ${told.revision} was sent`;
  return [["warning", "revisionLag", text, `\`portway logs ${program}\` on that host says why`]];
}
