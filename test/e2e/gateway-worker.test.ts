// What a worker does beside single requests: its counts at the end of a reload, and compiled code.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { waitFor } from "../lab/wait-for.ts";
import { startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, httpOrigin } from "./gateway-origins.ts";

test("a request that outlives a reload is counted when it ends, by the worker that is on its way out", async () => {
  let finish: () => void = () => {};
  const origin = await httpOrigin((_request, response) => {
    response.write("begun");
    finish = () => response.end("ended");
  });
  const gateway = await startGateway({ objects: { ...service("app", targetsAt(origin.port)), ...route("long") } });
  const answered = async () =>
    (await gateway.counters()).counters["portway_requests_total|route=long,status_class=2xx"];
  try {
    const socket = connect(gateway.httpPort, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: long.test\r\n\r\n");
    await once(socket, "data");
    const old = (await gateway.state()).workers.map(({ pid }) => pid);
    gateway.reload();
    await waitFor(async () => (await gateway.state()).workers.every(({ pid }) => !old.includes(pid)), {
      what: "new workers",
    });
    await waitFor(() => old.filter((pid) => existsSync(`/proc/${pid}`)).length === 1, { what: "the idle one to end" });
    assert.equal(await answered(), undefined);
    finish();
    await waitFor(async () => (await answered()) === 1, { what: "the request to be counted" });
    socket.destroy();
    await waitFor(() => old.every((pid) => !existsSync(`/proc/${pid}`)), { what: "the old workers to end" });
  } finally {
    await gateway.stop();
    origin.close();
  }
});

/** LuaJIT's own report of traces, where its modules are. */
const traceModules = ["/usr/share/luajit-2.1", "/usr/share/luajit-2.1.0-beta3"].find((folder) =>
  existsSync(`${folder}/jit/v.lua`),
);

test("the way of a request through every plugin is compiled: no trace of it is given up", {
  skip: traceModules === undefined && "LuaJIT's jit.v is not installed",
}, async () => {
  const plugins: PluginObject[] = [
    { plugin: "ipDeny", config: { prefixes: ["192.0.2.0/24"] } },
    { plugin: "ipAllow", config: { prefixes: ["127.0.0.0/8"] } },
    {
      plugin: "rateLimit",
      config: { per: "clientIp", intervalMicros: 1, burst: 1e9, tokens: 1e6, perMs: 1000, id: "r" },
    },
    {
      plugin: "requestHeaders",
      config: {
        set: [
          ["X-A", "1"],
          ["X-B", "2"],
        ],
        add: [],
        remove: [],
      },
    },
    { plugin: "responseHeaders", config: { set: [["X-C", "3"]], add: [], remove: [] } },
    { plugin: "hsts", config: { value: "max-age=1" } },
    { plugin: "compress", config: { encodings: ["gzip"], types: ["application/json"], minBytes: 1 } },
  ];
  const origin = await describingOrigin("app");
  let report = "";
  const gateway = await startGateway({
    workers: 1,
    objects: {
      ...service("app", targetsAt(origin.port)),
      ...route("r", { paths: [{ kind: "prefix", path: "/api/v1/orders" }] }, plugins),
      // One request of a hundred is written down for `portway why`: that is not compiled, and need not be.
      "why/settings": JSON.stringify({ samplePercent: 0 }),
    },
    edit: (conf) => {
      report = /pid (\S+);/.exec(conf)![1]!.replace("nginx.pid", "traces.txt");
      return conf.replace(
        "init_worker_by_lua_block { ",
        `init_worker_by_lua_block { package.path = "${traceModules}/?.lua;" .. package.path require("jit.v").on("${report}") `,
      );
    },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  try {
    const ask = (index: number) =>
      request({
        url: `http://127.0.0.1:${gateway.httpPort}`,
        path: `/api/v1/orders/${index}?page=2`,
        headers: { host: "r.test", "accept-encoding": "gzip" },
        agent,
      });
    for (let round = 0; round < 40; round++) {
      const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
      for (const { status } of replies) assert.equal(status, 200);
    }
    const hot =
      /(access|answer|balancer|log|path|record|request|request-id|round-robin|router|gcra|metrics|header-edits|compress|media-types|vary|hsts|ip-lists|rate-limit|phases)\.lua/;
    // A trace may begin in a count's loop that a timer runs too, and go on in the timer; bodies are looked at once a second.
    const ofTimers = / at (slices|follow|flush|worker|memory|take)\.lua|--- slow-bodies\.lua/;
    // An address is searched for once and known from then on; that a trace begins there all the same is chance: LuaJIT counts
    // several places in one.
    const ofFirstLooks = /inner loop in root trace at ip-ranges\.lua/;
    const lines = readFileSync(report, "utf8").split("\n");
    assert.ok(
      lines.some((line) => hot.test(line) && !line.includes("---")),
      "traces were made",
    );
    assert.deepEqual(
      lines.filter(
        (line) => line.includes("---") && hot.test(line) && !ofTimers.test(line) && !ofFirstLooks.test(line),
      ),
      [],
    );
  } finally {
    agent.destroy();
    await gateway.stop();
    origin.close();
  }
});
