// HTTP/2 frames by hand (test/hostile/http2.ts): each request is refused, or forwarded as one of HTTP/1.1 that means the same.
//
//   raw frames ──TLS──▶ nginx (1 worker) ──▶ origin that keeps every byte
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { selfSigned } from "../../src/lib/x509.ts";
import { refused } from "../hostile/case.ts";
import { graveLine } from "../hostile/faults.ts";
import { ownHeaders, seenBy } from "../hostile/forwarded.ts";
import { framesIn, statusOf, types } from "../hostile/frames.ts";
import { type Http2Outcome, http2Groups } from "../hostile/http2.ts";
import { type Recorder, recordingOrigin } from "../hostile/recorder.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";

const denied = { plugin: "ipDeny", config: { prefixes: ["0.0.0.0/0"] } } as const;

/** The answer's status, undefined when the stream or the connection was ended instead. */
function statusFor(port: number, bytes: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const options = { port, host: "127.0.0.1", servername: "a.test", ALPNProtocols: ["h2"], rejectUnauthorized: false };
    const socket = connect(options, () => socket.write(Buffer.from(bytes, "latin1")));
    const end = (status: number | undefined) => {
      resolve(status);
      socket.destroy();
    };
    socket.setTimeout(3_000, () => reject(new Error("neither answered nor ended")));
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const { frames, taken } = framesIn(received);
      received = received.subarray(taken);
      for (const { type, payload } of frames) {
        if (type === types.headers) end(statusOf(payload));
        else if (type === types.reset || type === types.goAway) end(undefined);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => end(undefined));
  });
}

describe("of hostile HTTP/2, the gateway forwards none but in one form:", () => {
  let origin: Recorder;
  let gateway: Gateway;

  before(async () => {
    origin = await recordingOrigin();
    const names = ["a.test"];
    const certificate = { names, ...(await selfSigned(names, Date.now())) };
    gateway = await startGateway({
      workers: 1,
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...route("a"),
        ...route("admin", { hosts: ["a.test"], paths: [{ kind: "prefix", path: "/admin" }] }, [denied]),
        "certificate/a": JSON.stringify(certificate),
      },
    });
  });
  after(async () => {
    const grave = graveLine(gateway.errorLog());
    await gateway.stop();
    origin.close();
    assert.equal(grave, undefined);
  });

  async function outcomeOf(bytes: string): Promise<Http2Outcome> {
    origin.forget();
    const status = await statusFor(gateway.httpsPort, bytes);
    assert.deepEqual(origin.garbage, []);
    const [request, ...more] = seenBy(origin.messages, ownHeaders(gateway.httpsPort, "https"));
    assert.deepEqual(more, []);
    if (request !== undefined) return { kind: "forwarded", request };
    return status === undefined ? { kind: "reset" } : refused(status);
  }

  for (const group of http2Groups) {
    describe(group.name, () => {
      for (const { name, bytes, outcome } of group.cases) {
        test(name, async () => assert.deepEqual(await outcomeOf(bytes), outcome));
      }
    });
  }
});
