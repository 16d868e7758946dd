// The agent of a host: keeps its WireGuard planes, routes and firewall as control's last word says, and tells control how it
// goes. Its parts: `overlay` (pure: what should be, and the least changes), `machine` and `wireguard` (the kernel and
// processes), `paths` (probes, and which path each pair uses). What it made outlives it.

import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { answerOf } from "../host/answer.ts";
import { connectControl } from "../host/control-client.ts";
import { controlSource, type Source } from "../host/follow-control.ts";
import type { Clock } from "../lib/clock.ts";
import type { Exec } from "../lib/exec.ts";
import { readIdentity, replaceName } from "../lib/identity.ts";
import type { Log } from "../lib/log.ts";
import type { Paths } from "../lib/paths.ts";
import { version } from "../lib/version.ts";
import { AppError } from "../wire/errors.ts";
import type { Followed } from "../wire/follow.ts";
import type { HostObject } from "../wire/mesh.ts";
import type { AgentStatus, Question } from "../wire/stream.ts";
import { keepCredential } from "./credential.ts";
import { takeLock } from "./lock.ts";
import { serveMetrics } from "./metrics/serve.ts";
import { openTally } from "./metrics/tally.ts";
import { startReports } from "./report.ts";
import { forgetState } from "./state.ts";
import { agentStatus } from "./status.ts";
import { startSteering } from "./steer.ts";
import { teardown } from "./teardown.ts";
import { startTunnels } from "./tell-tunnels.ts";
import { openWireGuard, type WireGuardChoice } from "./wireguard/open.ts";

export { join } from "./join.ts";
export { leave } from "./leave.ts";
export { teardown } from "./teardown.ts";

export interface AgentOptions {
  readonly paths: Paths;
  readonly log: Log;
  readonly clock: Clock;
  readonly exec: Exec;
  /** The kernel's where there is one, unless told. */
  readonly wireguard?: WireGuardChoice;
  /** Where desired states come from; control's stream unless told. */
  readonly source?: Source;
}

/** It was told to end, control removed this host, or another machine has its identity. */
export type AgentEnd = "closed" | "removed" | "cloned";

export interface Agent {
  readonly status: () => AgentStatus;
  /** Resolves when the agent has ended. */
  readonly done: Promise<AgentEnd>;
  /** Ends the agent; the tunnel stays up unless `teardown` is set. */
  readonly close: (options?: { readonly teardown?: boolean }) => Promise<void>;
}

/** Starts the agent of a host that has joined; throws AppError where it cannot. */
export async function runAgent(options: AgentOptions): Promise<Agent> {
  const { paths, log, clock, exec } = options;
  const folder = paths.agent;
  const identity = readIdentity(paths.identity);
  if (identity === undefined) {
    throw new AppError("notRunning", "this host is not a member of a network", { hint: "run: portway join TOKEN" });
  }
  const release = takeLock(folder);
  const announce = (command: string) => log.info({ command }, "change");
  const wireguard = await openWireGuard({ ...options, announce });
  let called = identity.name;
  const client = connectControl(identity, () => readIdentity(paths.identity));
  const end = new AbortController();
  const done = Promise.withResolvers<AgentEnd>();

  const tally = openTally();
  const steering = startSteering({
    ...{ folder, log, clock, exec, announce, wireguard, tally },
    lookup: addressesOf,
    allowsHooks: () => existsSync(paths.allowHooks),
    control: identity.controlUrls.map((url) => doorOf(new URL(url))),
    onChange: () => {
      reports.trigger();
      tunnels.trigger();
    },
    onPaths: () => {
      reports.triggerSoon();
      tunnels.trigger();
    },
  });
  const status = () => agentStatus({ ...steering.facts(), version, wireguard: wireguard.kind, nowMs: clock.now() });
  const { arrived: onArrived } = steering;
  const reports = startReports({ clock, client, log, status, onRemoved, onArrived, random: Math.random });
  const tunnels = startTunnels({ path: paths.tunnels, clock, log, hosts: steering.tunnels });

  const metrics = serveMetrics({
    ...{ clock, log, tally },
    facts: () => ({ ...steering.facts(), status: status() }),
    line: steering.line,
  });

  async function stop(how: AgentEnd, removeAll: boolean): Promise<void> {
    if (end.signal.aborted) return;
    end.abort();
    await Promise.all([steering.close(), reports.close(), tunnels.close(), metrics.close()]);
    try {
      if (removeAll) await teardown({ paths, exec, clock, announce });
    } finally {
      if (how === "removed") forgetState(folder);
      release();
      done.resolve(how);
    }
  }
  function onRemoved() {
    log.error({}, "control has removed this host from the network: its tunnel is taken down");
    stop("removed", true).catch((error: Error) => log.error({ reason: error.message }, "teardown"));
  }
  function takeState(state: Followed) {
    steering.follow(state);
    const host = state.objects["host"];
    const name = host === undefined ? called : (JSON.parse(host) as HostObject).name;
    if (name === called) return;
    log.info({ from: called, name }, "control calls this host by another name now");
    called = name;
    replaceName(paths.identity, { ...identity!, name });
  }
  function onCloned(reason: string) {
    const remedy = "if this disk is a copy: `portway leave`, then join under a name of its own";
    log.error({ reason }, `this machine's tunnels are taken down, so that the two do not fight; ${remedy}`);
    stop("cloned", true).catch((error: Error) => log.error({ reason: error.message }, "teardown"));
  }
  function onWaiting() {
    const { name, network } = identity!;
    log.warn({ host: name, network }, `waits for approval; an administrator: portway approve ${name}`);
  }
  function onConnection(failure: string | undefined) {
    if (failure !== undefined) return log.warn({ reason: failure }, "no connection to control");
    log.info({}, "connected to control");
    reports.trigger();
  }

  function tell(question: Question): Promise<unknown> {
    if (question.kind === "ping") return steering.ping(question.host, question.count);
    if (question.kind === "speedServe") return steering.speed.serve(question);
    if (question.kind === "speedRun") return steering.speed.run(question);
    if (question.kind === "trace") return steering.trace(question);
    return Promise.reject(new Error("an agent does not know that"));
  }
  async function answer(id: number, question: Question) {
    await client.post("selfAnswer", await answerOf(id, tell(question))).catch((error: Error) => {
      log.debug({ reason: error.message }, "control did not take an answer"); // it waits no more
    });
  }

  if (options.source === undefined) void keepCredential({ folder: paths.identity, client, clock, log }, end.signal);
  const source = options.source ?? controlSource(client, "mesh", clock);
  void source(
    steering.followed(),
    {
      onState: takeState,
      onRemoved,
      onCloned,
      onConnection,
      onWaiting,
      onAsked: (id, question) => void answer(id, question),
    },
    end.signal,
  );
  return {
    status,
    done: done.promise,
    close: async (how) => {
      await stop("closed", how?.teardown === true);
      await done.promise;
    },
  };
}

const doorOf = ({ hostname, port }: URL) => `${hostname}:${port || "443"}`;

async function addressesOf(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
