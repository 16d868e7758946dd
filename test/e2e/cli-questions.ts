// What the command line tells of requests and of paths: tests of a network that runs, of the suite that calls them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ran } from "../../src/lib/exec.ts";
import type { PingAnswer, TopAnswer, WhyAnswer } from "../../src/wire/api.ts";
import type { SpeedAnswer } from "../../src/wire/speed.ts";
import type { WhyReport } from "../../src/wire/why.ts";
import type { Host } from "../lab/lab.ts";
import { waitFor } from "../lab/wait-for.ts";

/** edge-1 serves the route `orders` of api-1. */
export interface AskedNetwork {
  readonly edge: Host;
  readonly client: Host;
  readonly api: Host;
  readonly publicUrl: string;
  readonly portway: (host: Host, ...words: string[]) => Promise<Ran>;
  /** Its output; it must succeed. */
  readonly ok: (host: Host, ...words: string[]) => Promise<string>;
  /** Status of the client's request. */
  readonly ask: (path: string) => Promise<string>;
  readonly onSpeed: (answer: SpeedAnswer) => void;
}

export function testQuestions(network: () => AskedNetwork): void {
  test("why tells what was decided on a request, by its id", async () => {
    const { edge, client, portway, ok, publicUrl } = network();
    const words = [
      "curl",
      "-sk",
      "-m5",
      "-o",
      "/dev/null",
      "-w",
      "%header{x-request-id}",
      `${publicUrl}/a%2Fb?key=secret`,
    ];
    const id = (await client.run(words)).stdout;
    const { reports, silent } = JSON.parse(await ok(edge, "why", id, "--json")) as WhyAnswer;
    assert.deepEqual(silent, []);
    const { atMs, totalMs, ...rest } = reports[0]!;
    assert.ok(Math.abs(atMs - Date.now()) < 60_000 && totalMs >= 0);
    assert.deepEqual(rest, {
      ...{ id, keptAs: "failure", method: "GET", host: "api.example.com", path: "", status: 400 },
      ...{ refusedBy: "path", reason: "slash", edge: "edge-1" },
    });
    const told = await ok(edge, "why", id, "--host", "edge-1");
    assert.match(told, /^answered with 400 after \d+ ms, .*, by edge-1\nno route took it\nrefused by path: /m);
    assert.match(await ok(edge, "why"), new RegExp(`${id} +400 +GET api\\.example\\.com +- +path: `));
    const unknown = await portway(edge, "why", "0123456789ab-1");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /nothing is kept of the request/);
  });

  test("a header of why makes the very next answer tell it, of its route alone", async () => {
    const { edge, client, portway, ok, publicUrl } = network();
    const header = (await ok(edge, "why", "--header", "--route", "orders")).trim();
    assert.match(header, /^Portway-Debug: pwd1\./);
    const told = async (path: string, ...more: string[]) =>
      (
        await client.run([
          ...["curl", "-sk", "-m5", "-o", "/dev/null", "-w", "%header{portway-why}", ...more],
          publicUrl + path,
        ])
      ).stdout;
    const { route, service, tries } = JSON.parse(await told("/orders/1", "-H", header)) as WhyReport;
    assert.deepEqual([route, service, tries!.length], ["orders", "orders", 1]);
    assert.deepEqual([await told("/nothing", "-H", header), await told("/orders/1")], ["", ""]);
    const wrong = {
      "--route orders": 2,
      "--header --for 2h": 2,
      "--header 0123456789ab-1": 2,
      "--header --route nothing": 1,
    };
    for (const [words, status] of Object.entries(wrong)) {
      assert.equal((await portway(edge, "why", ...words.split(" "))).code, status, words);
    }
  });

  test("top shows what goes through the gateway, as one table where there is no terminal", async () => {
    const { edge, ok, ask } = network();
    await waitFor(
      async () => {
        await ask("/orders/1");
        const told = await ok(edge, "top", "--host", "edge-1");
        assert.ok(!told.includes("\x1b"));
        return (
          /^edge-1 +[\d.]+ requests\/s/.test(told) && /^orders +[\d.]+\/s +[\d.]+\/s +<?\d+ ms +<?\d+ ms$/m.test(told)
        );
      },
      { what: "a row with rates and times", timeoutMs: 20_000 },
    );
    const { edges } = JSON.parse(await ok(edge, "top", "--json")) as TopAnswer;
    assert.equal(edges[0]!.edge, "edge-1");
    assert.ok(edges[0]!.routes.some(({ name, requestsPerSecond }) => name === "orders" && requestsPerSecond > 0));
  });

  test("ping tells what each path takes, by probes of the host that is asked", async () => {
    const { edge, portway, ok } = network();
    const { paths } = JSON.parse(await ok(edge, "ping", "edge-1", "api-1", "-c", "3", "--json")) as PingAnswer;
    const direct = paths.find(({ plane }) => plane === "pw0")!;
    assert.ok(direct.sent >= 3);
    assert.ok(direct.roundTripsMs.length >= 3 && direct.roundTripsMs.every((ms) => ms > 0));
    assert.match(await ok(edge, "ping", "api-1", "edge-1"), /direct +pw0 .*ms +[\d.]+ ms +[\d.]+ ms/);
    const nobody = await portway(edge, "ping", "edge-1", "nobody");
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /no host nobody has joined/);
  });

  test("speed tells throughput, requests and what limits them, by ports that are the pair's alone and closed again", async () => {
    const { edge, api, portway, ok, onSpeed } = network();
    const firewall = async () => (await api.run(["nft", "-s", "list", "table", "inet", "portway"])).stdout;
    const named = /chain load_\w+/g; // each load has a name of its own
    const lines = async () => (await firewall()).replace(named, "").split("\n").sort().join("\n"); // what came last is listed last
    const before = await lines();
    const measuring = portway(edge, "speed", "edge-1", "api-1", "-t", "1", "--json");
    const opened = /tcp dport (\d+) accept\n\s*tcp dport (\d+) accept/;
    await waitFor(async () => opened.test(await firewall()), { what: "ports for the measurement", timeoutMs: 20_000 });
    const elsewhere = await api.run(
      ["curl", "-sS", "-m", "2", `http://127.0.0.1:${opened.exec(await firewall())?.[1]}/`],
      {
        check: false,
      },
    );
    assert.notEqual(elsewhere.code, 0, "it listens on the overlay address alone");
    const { stdout, stderr, code } = await measuring;
    assert.equal(code, 0, stderr);
    const answer = JSON.parse(stdout) as SpeedAnswer;
    onSpeed(answer);
    const { there, back, inside, roundTrip } = answer;
    for (const { bitsPerSecond, because } of [there, back]) assert.ok(bitsPerSecond > 0 && because !== "");
    for (const { requests, medianMs } of [inside.http2, inside.grpc]) assert.ok(requests > 0 && medianMs > 0);
    assert.ok(roundTrip.medianMs > 0);
    await waitFor(async () => (await lines()) === before, { what: "the ports to close" });
    const human = await ok(edge, "speed", "api-1", "edge-1", "-t", "1", "--outside");
    assert.match(human, /limited by .*\n(.*\n)*HTTP\/2 +[\d.]+ ms +[\d.]+ ms +[\d.]+ ms/);
    assert.match((await portway(edge, "speed", "edge-1", "nobody")).stderr, /no host nobody has joined/);
  });
}
