import assert from "node:assert/strict";
import { test } from "node:test";
import { createRefresh, type Overview, type Read } from "./refresh.ts";

const top = { edges: [], silent: [] };
const signal = new AbortController().signal;

/** Control whose edges answer, or hang; `asked` are the paths in order. */
function controlOf({ hangs = false, revision = 1 } = {}) {
  const state = { hangs, revision, asked: [] as string[] };
  const answers: Record<string, () => object> = {
    "/v1/status": () => ({ revision: state.revision }),
    "/v1/audit?limit=15": () => ({ entries: [] }),
    "/v1/routes": () => ({ revision: state.revision, routes: [] }),
    "/v1/top": () => top,
  };
  const read = (async (path: string, signal: AbortSignal) => {
    state.asked.push(path);
    if (path !== "/v1/top" || !state.hangs) return answers[path]!();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }) as Read;
  return { state, read };
}

test("an edge that hangs delays nothing that control knows by itself, and its figures go", async () => {
  const { state, read } = controlOf();
  const refresh = createRefresh(read, 5);
  const shown: Overview[] = [];
  await refresh(signal, (one) => shown.push(one));
  assert.deepEqual(
    shown.map((one) => one.top),
    [undefined, top],
  );
  state.hangs = true;
  const { promise: first, resolve } = Promise.withResolvers<Overview>();
  const late: Overview[] = [];
  const done = refresh(signal, (one) => {
    resolve(one);
    late.push(one);
  });
  assert.deepEqual((await first).top, top, "those of a moment ago stay until it is late");
  const keptAlive = setTimeout(() => {}, 60_000); // a signal's time keeps no program running
  await done;
  clearTimeout(keptAlive);
  assert.deepEqual(
    late.map((one) => one.top),
    [top, undefined],
  );
});

test("while one refresh is under way there is no other", async () => {
  const { state, read } = controlOf({ hangs: true });
  const refresh = createRefresh(read, 60_000);
  const stop = new AbortController();
  const { promise: shown, resolve } = Promise.withResolvers<Overview>();
  const first = refresh(stop.signal, resolve);
  await shown;
  await refresh(stop.signal, () => assert.fail("shown twice"));
  assert.equal(state.asked.filter((path) => path === "/v1/status").length, 1);
  stop.abort();
  await first;
  state.hangs = false;
  await refresh(signal, () => {});
  assert.equal(state.asked.filter((path) => path === "/v1/status").length, 2);
});

test("routes are read again when the revision is another, and not before", async () => {
  const { state, read } = controlOf();
  const refresh = createRefresh(read);
  const routesRead = () => state.asked.filter((path) => path === "/v1/routes").length;
  const seen: number[] = [];
  for (const revision of [1, 1, 2]) {
    state.revision = revision;
    await refresh(signal, ({ routes }) => seen.push(routes.revision));
  }
  assert.deepEqual([routesRead(), seen], [2, [1, 1, 1, 1, 2, 2]]);
});

test("nothing is shown to who has signed out meanwhile", async () => {
  const { read } = controlOf();
  const stop = new AbortController();
  stop.abort();
  await createRefresh(read)(stop.signal, () => assert.fail("shown")).catch(() => {});
});

test("what control refuses is told, and the next refresh asks again", async () => {
  const { state, read } = controlOf();
  let isDown = true;
  const refresh = createRefresh(((path: string, signal: AbortSignal) =>
    isDown ? Promise.reject(new Error("control answered 503")) : read(path, signal)) as Read);
  await assert.rejects(
    refresh(signal, () => {}),
    /503/,
  );
  isDown = false;
  await refresh(signal, () => {});
  assert.ok(state.asked.includes("/v1/routes"));
});
