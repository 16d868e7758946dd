// Simulated agents: each follows control's stream over TLS with its own certificate and posts a status every ten seconds, as
// a host's agent does; what it is told is applied to memory instead of a kernel. For each state a line goes to standard
// output: NAME REVISION KIND UNIX-MS (hello where it holds
// that state already, snapshot, delta, resync, connected, lost).   Usage: node agents.ts IDENTITIES.json
import { readFileSync } from "node:fs";
import { connectControl } from "../../src/host/control-client.ts";
import { reconnectWaits } from "../../src/host/follow-control.ts";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { ConnectionFailed } from "../../src/lib/http.ts";
import type { Identity } from "../../src/lib/identity.ts";
import { followLines } from "../../src/lib/stream.ts";
import { capability } from "../../src/wire/capability.ts";
import { follower } from "../../src/wire/follow.ts";
import type { AgentStatus } from "../../src/wire/stream.ts";

const statusMs = 10_000;
const clock: Clock = systemClock;
const end = new AbortController();
process.on("SIGTERM", () => end.abort());
const tell = (name: string, revision: number, kind: string) =>
  process.stdout.write(`${name} ${revision} ${kind} ${(performance.timeOrigin + performance.now()).toFixed(1)}\n`);

async function run(identity: Identity): Promise<void> {
  const client = connectControl(identity);
  const objects = follower();
  const { name } = identity;
  const following = followLines(
    {
      clock,
      waits: reconnectWaits(),
      async open(stop) {
        objects.connected();
        const { digest, revision } = objects.state();
        try {
          return await client.openStream("mesh", revision === 0 ? undefined : digest, stop);
        } catch (error) {
          throw error instanceof ConnectionFailed ? error : new ConnectionFailed("broken", (error as Error).message);
        }
      },
      onLine(line) {
        const result = objects.feedLine(line);
        const [, type] = /^\{"type":"(\w+)"/.exec(line) ?? [];
        if (result.kind === "applied") tell(name, result.state.revision, type ?? "");
        if (result.kind === "resync") tell(name, 0, "resync");
        return result.kind === "resync" ? "reopen" : "more";
      },
      onConnection: (failure) => tell(name, 0, failure === undefined ? "connected" : "lost"),
    },
    end.signal,
  );
  await clock.sleep(Math.random() * statusMs, end.signal);
  while (!end.signal.aborted) {
    await client
      .post("selfStatus", statusOf(Object.keys(objects.state().objects), objects.state().revision))
      .catch(() => {});
    await clock.sleep(statusMs, end.signal);
  }
  await following;
}

/** As long as a real one: every pair is told. */
function statusOf(keys: readonly string[], revision: number): AgentStatus {
  const hosts = keys.filter((key) => key.startsWith("pair/")).map((key) => key.slice("pair/".length));
  return {
    program: "agent",
    capability,
    version: "0.1.0",
    revision,
    wireguard: "kernel",
    peers: hosts.map((host) => ({
      host,
      path: { kind: "direct", plane: "pw0" },
      online: true,
      roundTripMs: Math.round(Math.random() * 1000) / 100,
      handshakeAgeSeconds: Math.floor(Math.random() * 120),
      rxBytes: 123_456_789,
      txBytes: 987_654_321,
    })),
    clockMs: Date.now(),
  };
}

const identities = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Identity[];
await Promise.all(identities.map(run));
