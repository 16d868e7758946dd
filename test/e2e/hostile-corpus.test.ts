// The corpus of hostile requests (test/hostile): each is refused, or forwarded in the one form that its row gives.
//
//   raw bytes ──▶ nginx (1 worker) ──▶ origin that keeps every byte
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type HostileCase, type Outcome, refused, waits } from "../hostile/case.ts";
import { corpus } from "../hostile/corpus.ts";
import { ownHeaders, seenBy } from "../hostile/forwarded.ts";
import { type Recorder, recordingOrigin } from "../hostile/recorder.ts";
import { send } from "../hostile/send.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";

const denied = { plugin: "ipDeny", config: { prefixes: ["0.0.0.0/0"] } } as const;

describe("of hostile requests, the gateway forwards none but in one form:", () => {
  let origin: Recorder;
  let gateway: Gateway;

  before(async () => {
    origin = await recordingOrigin();
    gateway = await startGateway({
      workers: 1,
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...route("a", { hosts: ["a.test", "*.w.test"] }),
        ...route("admin", { hosts: ["a.test"], paths: [{ kind: "prefix", path: "/admin" }] }, [denied]),
        ...route("only", { hosts: ["a.test"], paths: [{ kind: "exact", path: "/only" }] }, [denied]),
      },
    });
  });
  after(async () => {
    const crashes = /\[(alert|crit|emerg)\].*|.*exited on signal.*/.exec(gateway.errorLog());
    await gateway.stop();
    origin.close();
    assert.equal(crashes?.[0], undefined);
  });

  async function outcomesOf({ bytes, outcomes }: HostileCase): Promise<Outcome[]> {
    origin.forget();
    const expected = outcomes.filter(({ kind }) => kind !== "waits").length;
    const statuses = await send(gateway.httpPort, bytes, expected);
    assert.deepEqual(origin.garbage, []);
    const seen = seenBy(origin.messages, ownHeaders(gateway.httpPort));
    if (statuses.length === 0) return [waits];
    const refusals = statuses.filter((status) => status !== 200).map(refused);
    return [...seen.map((request): Outcome => ({ kind: "forwarded", request })), ...refusals];
  }

  for (const group of corpus) {
    describe(group.name, () => {
      for (const one of group.cases) {
        test(one.name, async () => assert.deepEqual(await outcomesOf(one), one.outcomes));
      }
    });
  }
});
