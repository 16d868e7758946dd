// Bodies that are larger than any memory should be: they stream, to a slow reader too.
//
//   client ══1 GiB══▶ nginx ══1 GiB══▶ origin          client ◀══1 GiB══ nginx ◀══1 GiB══ origin
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin } from "./gateway-origins.ts";

const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;

describe("1 GiB", () => {
  let origin: Origin;
  let gateway: Gateway;
  let received = 0;
  /** What the origin has written of its answer, and when it could last. */
  let sent = 0;
  let sentAtMs = 0;
  const noteSent = (bytes: number) => {
    [sent, sentAtMs] = [bytes, Date.now()];
  };

  before(async () => {
    origin = await httpOrigin(async (request, response) => {
      if (request.method === "GET") {
        response.setHeader("content-length", gibibyte);
        await send(response, gibibyte, noteSent);
        return void response.end();
      }
      received = 0;
      for await (const chunk of request) received += (chunk as Buffer).length;
      response.end("all of it");
    });
    const streaming = { buffering: { request: false, response: true }, maxBodyBytes: gibibyte };
    gateway = await startGateway({
      nginx: { maxBodyBytes: gibibyte },
      objects: { ...service("app", targetsAt(origin.port)), ...route("large", streaming) },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  /** The most memory of its own that any worker has had, MiB. */
  const peakMebibytes = async () => {
    const { workers } = await gateway.state();
    const peaks = workers.map(({ pid }) => /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
    return Math.max(...peaks.map(Number)) / 1024;
  };
  const open = async (head: string) => {
    const socket = connect(gateway.httpPort, "127.0.0.1");
    await once(socket, "connect");
    socket.write(`${head}\r\nHost: large.test\r\nConnection: close\r\n`);
    return socket;
  };
  test("up, and less than 64 MiB of memory", async () => {
    const socket = await open("POST / HTTP/1.1");
    socket.write(`Content-Length: ${gibibyte}\r\n\r\n`);
    await send(socket, gibibyte);
    assert.match(String(((await once(socket, "data")) as [Buffer])[0]), /^HTTP\/1\.1 200 .*\r\n\r\nall of it/s);
    assert.equal(received, gibibyte);
    socket.destroy();
    assert.ok((await peakMebibytes()) < 64);
  });

  test("down, and less than 64 MiB of memory", async () => {
    const socket = await open("GET / HTTP/1.1");
    socket.write("\r\n");
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    assert.ok(bytes > gibibyte && bytes < gibibyte + 1000);
    assert.ok((await peakMebibytes()) < 64);
  });

  test("one byte more than the route takes is refused, before any of it is sent", async () => {
    const socket = await open("POST / HTTP/1.1");
    socket.write(`Content-Length: ${gibibyte + 1}\r\n\r\n`);
    assert.match(String(((await once(socket, "data")) as [Buffer])[0]), /^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test("a reader that waits holds its target back, not the memory", async () => {
    const socket = await open("GET / HTTP/1.1");
    socket.write("\r\n");
    await once(socket, "readable");
    await waitFor(() => sent > 0 && Date.now() - sentAtMs > 500, { what: "the target to be held back" });
    assert.ok(sent < 64 * mebibyte, `${sent} bytes were taken`);
    socket.destroy();
    assert.ok((await peakMebibytes()) < 64);
  });
});

/** Writes so many bytes, as the other end takes them. */
async function send(stream: NodeJS.WritableStream, bytes: number, note = (_sent: number) => {}): Promise<void> {
  const chunk = Buffer.alloc(mebibyte, "x");
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    note(sent);
    if (!stream.write(chunk)) await once(stream, "drain");
  }
}
