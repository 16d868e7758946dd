import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import { connectRequests, serveRequests } from "./requests.ts";

const address = "127.0.0.1";

suite("requests that are measured", { timeout: 60_000 }, () => {
  test("are answered to whoever has the token, with times, cores and an end", async () => {
    let ended = 0;
    const server = await serveRequests(address, "secret", () => ended++);
    const client = await connectRequests(systemClock, { address, port: server.port, token: "secret" }, 10_000);
    const { http2, grpc } = await client.times();
    for (const one of [http2, grpc]) assert.ok(one.requests > 0 && one.medianMs > 0 && one.p99Ms >= one.medianMs);
    assert.ok((await client.cores()).length > 0);
    await client.end();
    assert.equal(ended, 1);
    client.close();
    server.close();
  });

  test("without the token are answered nothing", async () => {
    let ended = 0;
    const server = await serveRequests(address, "secret", () => ended++);
    const client = await connectRequests(systemClock, { address, port: server.port, token: "another" }, 10_000);
    await assert.rejects(client.cores(), /answered 404/);
    await assert.rejects(client.end(), /answered 404/);
    assert.equal(ended, 0);
    client.close();
    server.close();
  });

  test("are given up where nothing listens", async () => {
    const server = await serveRequests(address, "secret", () => {});
    server.close();
    const to = { address, port: server.port, token: "secret" };
    await assert.rejects(connectRequests(systemClock, to, 200), /nothing answers at 127\.0\.0\.1/);
  });
});
