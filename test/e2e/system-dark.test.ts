// A target whose tunnel goes dark: the agent beside the edge hears no probe come back, and the edge does without the target.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//      edge, and an API  ──────┬────────
//                            api-1: the API too
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { startApi } from "../lab/api.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSystem, type System, yaml } from "./system.ts";

/** Both hosts serve; nothing is tried twice, and no ejection helps. */
const both = yaml
  .replace("targets: [tag:api]", "targets: [tag:api, edge-1]")
  .replace("timeouts: { read: 1s }", "retries: 0, ejection: { errors: 1000 }, timeouts: { connect: 1s, read: 1s }");

suite("a target's tunnel", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  before(async () => {
    system = await openSystem();
    await startApi(system.edge);
    await system.apply(both);
  });
  after(() => system?.close());

  const targets = async () => (await system.status()).hosts.find(({ name }) => name === "edge-1")?.edge?.targets ?? [];
  const downOf = async (target: string) => (await targets()).find((one) => one.target === target)?.down;
  /** Statuses of requests, enough for each target in each worker to have had its turn. */
  const statuses = async () => {
    const found = new Set<string>();
    for (let i = 0; i < 12; i++) found.add(await system.ask());
    return [...found];
  };

  test("that goes dark leaves the target out; when it answers, the target is back", async () => {
    await waitFor(async () => (await targets()).length === 2, { what: "two targets" });
    await waitFor(async () => (await statuses()).join() === "200", { what: "both to answer", timeoutMs: 20_000 });
    await system.api.linkDown();
    await waitFor(async () => (await downOf("api-1")) === "its tunnel is dark", {
      what: "the tunnel to be dark",
      timeoutMs: 20_000,
    });
    assert.deepEqual(await statuses(), ["200"]);
    assert.match(
      await system.ok(system.edge, "status").catch((error: Error) => error.message),
      /api-1 \(its tunnel is dark\)/,
    );
    await system.api.linkUp();
    await waitFor(async () => (await targets()).length === 2 && (await downOf("api-1")) === undefined, {
      what: "the target to be back",
      timeoutMs: 30_000,
    });
    await waitFor(async () => (await statuses()).join() === "200", { what: "both to answer again", timeoutMs: 20_000 });
  });
});
