// What the lab gives to tests: faults on a line, continuous traffic, an API that misbehaves.
//
//   client ── internet ── edge-1 (the API on port 8080)
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startApi } from "../lab/api.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger, pingReport } from "../lab/pinger.ts";
import { requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";

suite("faults and traffic in a lab", needsRoot, () => {
  const api = "http://edge.example.com:8080";
  let lab: Lab;
  let [edge, client] = [] as unknown as [Host, Host];

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    [edge, client] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("client", { on: internet }),
    ]);
    await startApi(edge);
  });
  beforeEach(async () => {
    await client.impair({ lossPercent: 0 });
    await client.unblock();
  });
  after(() => lab.close());

  const curl = (path: string, ...words: readonly string[]) =>
    client.run(["curl", "-sS", "-m5", ...words, `${api}${path}`], { check: false });
  const ping = (...words: readonly string[]) =>
    client.run(["ping", "-c1", "-W0.5", ...words], { check: false }).then((ran) => ran.code === 0);

  test("a pinger counts what was lost between two answers, and how long that took", async () => {
    const pings = await pinger(client, edge.addresses.ipv4, { intervalMs: 10 });
    await client.block({ protocol: "icmp" });
    const before = pings.report().received;
    await sleep(100);
    await client.unblock();
    await waitFor(() => pings.report().received > before + 2, { what: "answers after the block" });
    const report = await pings.stop();
    assert.ok(report.lost > 0);
    assert.ok(report.longestGapMs >= 80, `gap ${report.longestGapMs}`);
    assert.ok(report.sent >= report.received + report.lost);
  });

  test("a pinger on an unimpaired line loses nothing", async () => {
    const pings = await pinger(client, edge.addresses.ipv4, { intervalMs: 2 });
    await waitFor(() => pings.report().received >= 100, { what: "100 answers" });
    assert.equal((await pings.stop()).lost, 0);
  });

  test("a pinger that never had an answer has lost all", async () => {
    await client.block({ address: edge.addresses.ipv4, direction: "in" });
    const pings = await pinger(client, edge.addresses.ipv4, { intervalMs: 10, waitForAnswer: false });
    await sleep(100);
    const report = await pings.stop();
    assert.ok(report.sent > 0);
    assert.deepEqual([report.received, report.lost], [0, report.sent]);
  });

  test("sequence numbers that wrap are neither lost nor counted twice", () => {
    const line = (number: number, at: number) =>
      `[${at}.5] 64 bytes from 10.0.0.1: icmp_seq=${number} ttl=64 time=0.1 ms`;
    const output = Array.from({ length: 70_000 }, (_, at) => line((at + 1) % 65_536, at)).filter(
      (_, at) => at !== 65_540,
    );
    assert.deepEqual(pingReport(output.join("\n")), {
      sent: 70_000,
      received: 69_999,
      lost: 1,
      lostAtMs: [65_539_500],
      longestGapMs: 2000,
      p99Ms: 0.1,
    });
  });

  test("an impaired line loses about the share that was asked for", async () => {
    await client.impair({ lossPercent: 50, direction: "out" });
    const pings = await pinger(client, edge.addresses.ipv4, { intervalMs: 2 });
    await waitFor(() => pings.report().received >= 100, { what: "100 answers" });
    const { lost, received } = await pings.stop();
    assert.ok(lost > received / 4 && lost < received * 4, `lost ${lost}, received ${received}`);
  });

  test("a block concerns the protocol, address and port that it names, and nothing else", async () => {
    await client.block({ protocol: "tcp", port: 8080 });
    assert.notEqual((await curl("/", "-m0.3")).code, 0);
    assert.ok(await ping("edge.example.com"));
    await client.unblock();
    await client.block({ address: edge.addresses.ipv4 });
    assert.equal(await ping("-4", "edge.example.com"), false);
    assert.ok(await ping("-6", "edge.example.com"));
    await client.block({ protocol: "icmp" });
    assert.equal(await ping("-6", "edge.example.com"), false);
    assert.equal((await curl("/", "-6")).code, 0);
    await client.unblock();
    await client.block({ protocol: "icmp", address: edge.addresses.ipv6! });
    assert.equal(await ping("-6", "edge.example.com"), false);
    assert.ok(await ping("-4", "edge.example.com"));
    await client.unblock();
    await edge.block({ protocol: "tcp", localPort: 8080 });
    assert.notEqual((await curl("/", "-m0.3")).code, 0);
    await edge.unblock();
    assert.equal((await curl("/")).code, 0);
  });

  test("a line that is pulled out and put back carries again, with the same addresses and routes", async () => {
    await client.linkDown();
    assert.equal(await ping("-4", "edge.example.com"), false);
    await client.linkUp();
    await waitFor(() => ping("-4", "edge.example.com"), { what: "the line" });
    assert.ok(await ping("-6", "edge.example.com"));
  });

  test("a line of a smaller MTU carries no larger packet", async () => {
    await client.setMtu(1400);
    assert.ok(await ping("-4", "-M", "do", "-s", "1372", "edge.example.com"));
    assert.equal(await ping("-4", "-M", "do", "-s", "1373", "edge.example.com"), false);
    await client.setMtu(1500);
    assert.ok(await ping("-4", "-M", "do", "-s", "1472", "edge.example.com"));
  });

  test("a requester records each failure and who served", async () => {
    const requests = await requester(client, `${api}/`, { perSecond: 200, timeoutMs: 200, keepAlive: false });
    await client.block({ protocol: "tcp" });
    await waitFor(() => requests.report().failures.length > 0, { what: "a failure" });
    await client.unblock();
    const { count } = requests.report();
    await waitFor(() => requests.report().count > count + 10, { what: "requests after the block" });
    const report = await requests.stop();
    assert.equal(report.failures[0]?.error, "no answer in 200 ms");
    assert.equal(report.byServer["edge-1"], report.count - report.failures.length);
  });

  test("a requester counts a status that was not expected as a failure", async () => {
    const requests = await requester(client, `${api}/status/503`, { perSecond: 200 });
    const report = await requests.stop();
    assert.equal(report.failures.length, report.count);
    assert.equal(report.failures[0]?.status, 503);
  });

  test("the API tells what it was asked", async () => {
    const { stdout } = await curl("/orders/1?a=b", "-4", "-X", "PUT", "-H", "x-one: 1");
    const seen = JSON.parse(stdout);
    assert.deepEqual([seen.host, seen.method, seen.path], ["edge-1", "PUT", "/orders/1?a=b"]);
    assert.deepEqual([seen.headers["x-one"], seen.address], ["1", `::ffff:${client.addresses.ipv4}`]);
  });

  test("the API answers with the status, size, delay and body that the path asks for", async () => {
    const written = ["-o", "/dev/null", "-w", "%{http_code} %{size_download} %{time_total}"];
    const ask = async (path: string, ...words: readonly string[]) =>
      (await curl(path, ...written, ...words)).stdout.split(" ").map(Number);
    assert.equal((await ask("/status/418"))[0], 418);
    assert.equal((await ask("/bytes/100000"))[1], 100_000);
    assert.ok((await ask("/slow?ms=150"))[2]! >= 0.15);
    assert.equal((await curl("/echo", "--data", "as it is")).stdout, "as it is");
    assert.equal((await curl("/healthz")).stdout, "ok\n");
  });

  test("the API resets, hangs and answers garbage when asked", async () => {
    assert.equal((await curl("/reset")).code, 56);
    assert.equal((await curl("/hang", "-m0.2")).code, 28);
    assert.equal((await curl("/garbage")).code, 1);
  });

  test("the API echoes over a WebSocket, short and long, text and bytes", async () => {
    const program = `const socket = new WebSocket("ws://edge.example.com:8080/ws");
      socket.binaryType = "arraybuffer";
      const sent = ["short", "é".repeat(200), "x".repeat(70_000), new Uint8Array([1, 2, 3])], got = [];
      socket.onopen = () => sent.forEach((one) => socket.send(one));
      socket.onmessage = ({ data }) => {
        if (got.push(typeof data === "string" ? data : new Uint8Array(data)) === sent.length) socket.close();
      };
      socket.onclose = ({ wasClean }) => {
        require("node:assert").deepEqual(got, sent);
        console.log(wasClean);
      };`;
    assert.equal((await client.run([process.execPath, "-e", program])).stdout, "true\n");
  });

  test("the end of each log can be shown when a test fails, of Portway's programs and of nginx too", async () => {
    await client.writeFile("/var/lib/portway/edge/logs/error.log", "[emerg] first\n[emerg] no such port\n");
    await client.writeFile("/var/lib/portway/logs/agent.log", "no handshake\n");
    await client.writeFile("/var/lib/portway/logs/edge.log", "");
    const tails = lab.logTails(1);
    assert.match(tails, /── edge-1: api-8080\.log\nedge-1 listens on 8080\n/);
    assert.match(tails, /── client: agent\.log\nno handshake\n/);
    assert.match(tails, /── client: error\.log\n\[emerg\] no such port\n/);
    assert.doesNotMatch(tails, /first|edge\.log/);
  });

  test("a command that fails throws with its words and what it said, unless that is not to be checked", async () => {
    const words = ["sh", "-c", "echo no >&2; exit 3"];
    await assert.rejects(client.run(words), /client sh -c .*exit 3: no/);
    assert.equal((await client.run(words, { check: false })).code, 3);
  });

  test("waiting in vain tells what was seen last", async () => {
    const condition = () => assert.equal(1, 2);
    await assert.rejects(
      waitFor(condition, { what: "the impossible", timeoutMs: 30 }),
      /30 ms for the impossible; last.*1 !== 2/s,
    );
  });
});
