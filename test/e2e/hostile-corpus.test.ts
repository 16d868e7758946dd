// The corpus of hostile requests (test/hostile): each is refused, or forwarded in the one form that its row gives.
//
//   raw bytes ──▶ nginx (1 worker) ──▶ origin that keeps every byte
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type HostileCase, type Outcome, refused, waits } from "../hostile/case.ts";
import { corpus } from "../hostile/corpus.ts";
import { graveLine } from "../hostile/faults.ts";
import { ownHeaders, seenBy } from "../hostile/forwarded.ts";
import { mayBeRefused, readingMeant, readingOf, startReaders } from "../hostile/origins.ts";
import { type Message, type Recorder, recordingOrigin } from "../hostile/recorder.ts";
import { send } from "../hostile/send.ts";
import { freePort } from "../lab/free-port.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";

/** Also of what nginx refuses by itself. */
function assertProblem(head: string): void {
  assert.match(head, /\r\nContent-Type: application\/problem\+json\r\n/);
  assert.match(head, /\r\nX-Request-Id: [0-9a-f]{12}-\d+\r\n/);
}

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
    const grave = graveLine(gateway.errorLog());
    await gateway.stop();
    origin.close();
    assert.equal(grave, undefined);
  });

  /** Each message that was forwarded, by its bytes without what differs from request to request. */
  const forms = new Map<string, Message>();

  async function outcomesOf({ bytes, outcomes }: HostileCase): Promise<Outcome[]> {
    origin.forget();
    const expected = outcomes.filter(({ kind }) => kind !== "waits").length;
    const answers = await send(gateway.httpPort, bytes, expected);
    assert.deepEqual(origin.garbage, []);
    const seen = seenBy(origin.messages, ownHeaders(gateway.httpPort));
    for (const message of origin.messages) forms.set(message.raw.replace(/X-Request-Id: .*/, ""), message);
    if (answers.length === 0) return [waits];
    const refusals = answers.filter(({ status }) => status !== 200);
    for (const { status, head } of refusals) if (status >= 400) assertProblem(head);
    return [
      ...seen.map((request): Outcome => ({ kind: "forwarded", request })),
      ...refusals.map(({ status }) => refused(status)),
    ];
  }

  for (const group of corpus) {
    describe(group.name, () => {
      for (const one of group.cases) {
        test(one.name, async () => assert.deepEqual(await outcomesOf(one), one.outcomes));
      }
    });
  }

  test("what was forwarded, node:http, nginx and HAProxy read alike, and as it was meant", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portway-readers-"));
    const readers = await startReaders(folder, freePort);
    try {
      for (const message of forms.values()) {
        for (const { name, port } of readers) {
          const reading = await readingOf(port, message.raw);
          const what = `${name} reads ${JSON.stringify(message.raw)}`;
          if (reading[0]?.startsWith("refused")) assert.match(message.raw, mayBeRefused, `${what}: ${reading[0]}`);
          else assert.deepEqual(reading, readingMeant(message), what);
        }
      }
    } finally {
      for (const { stop } of readers) await stop();
      rmSync(folder, { recursive: true });
    }
  });
});
