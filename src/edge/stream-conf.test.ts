import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import type { StreamObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import { targetKey } from "./health/checked.ts";
import type { Ways } from "./https-hop.ts";
import { type StreamPlace, streamConf } from "./stream-conf.ts";
import type { Machine } from "./tuning.ts";
import { wantedStream } from "./wanted-conf.ts";

interface Golden {
  readonly stream: StreamObject;
  readonly machine: Machine;
  readonly place: StreamPlace;
}

const files = globSync(new URL("../../test/golden/stream/*.json", import.meta.url).pathname).sort();
const goldens = files.map((file) => [file, JSON.parse(readFileSync(file, "utf8")) as Golden] as const);
const [, { machine, place, stream }] = goldens[0]!;

// PORTWAY_GOLDEN=write node --test src/edge/stream-conf.test.ts writes what is missing or changed: read the diff.
for (const [file, golden] of goldens) {
  test(`the second nginx's configuration of ${basename(file, ".json")} is as it was read and agreed`, () => {
    const text = streamConf(golden.stream, golden.machine, golden.place);
    const expected = file.replace(/json$/, "conf");
    if (process.env["PORTWAY_GOLDEN"] === "write") writeFileSync(expected, text);
    assert.equal(text, existsSync(expected) ? readFileSync(expected, "utf8") : "");
  });
}

test("the log says who connected only where the file wants an access log", () => {
  const quiet = streamConf({ ...stream, accessLog: false }, machine, place);
  assert.doesNotMatch(quiet, /"client"|"serverName"/);
  assert.match(streamConf(stream, machine, place), /"client":"\$remote_addr"/);
});

test("HTTPS's port is taken when there is somebody to hand on to, and kept while it is missed", () => {
  const [, shared] = goldens.find(([file]) => file.includes("on-https-port"))!;
  const nginx = (isShared: boolean) => JSON.stringify({ https: { port: 443, ...(isShared && { shared: true }) } });
  const asked = { nginx: nginx(true), stream: JSON.stringify(shared.stream) };
  const wanted = (objects: Objects, http: Ways, second: Ways) =>
    wantedStream(objects, machine, place, { hasRun: true, http, second });
  assert.doesNotMatch(wanted(asked, ["own"], ["own"])!, /listen /);
  assert.match(wanted(asked, ["both"], ["own"])!, /listen 0\.0\.0\.0:443 /);
  assert.equal(wanted({ nginx: nginx(false) }, ["handed"], ["handed"]), undefined);
  assert.doesNotMatch(wanted({ nginx: nginx(false) }, ["both"], ["handed"])!, /listen /);
  assert.doesNotMatch(wanted({ nginx: '{"https":null}' }, ["handed"], ["handed"])!, /listen /);
});

test("nothing runs before the first listener, and what ran is told to listen on nothing", () => {
  const objects = { nginx: "{}" };
  assert.equal(wantedStream(objects, machine, place, { hasRun: false }), undefined);
  assert.doesNotMatch(wantedStream(objects, machine, place, { hasRun: true })!, /listen /);
  assert.equal(wantedStream({}, machine, place, { hasRun: true }), undefined);
  assert.match(
    wantedStream({ ...objects, stream: JSON.stringify(stream) }, machine, place, { hasRun: false })!,
    /listen /,
  );
});

test("a target that is left out gets no new connection, and keeps its place", () => {
  const out = new Set([targetKey({ service: "apps", target: "a-2" })]);
  const text = streamConf(stream, machine, place, out);
  assert.match(text, /10\.77\.3\.1:443 weight=1 max_fails=5 fail_timeout=10s;/);
  assert.match(text, /10\.77\.3\.2:443 weight=3 max_fails=5 fail_timeout=10s down;/);
  assert.equal(
    text.replace(" down;", ";").replace("127.0.0.1:1;", "127.0.0.1:1 down;"),
    streamConf(stream, machine, place),
  );
});

test("a name that means something to nginx's map stands for itself", () => {
  const to = [{ names: ["default", "hostnames"], service: "db" }];
  const text = streamConf({ ...stream, listeners: [{ ...stream.listeners[0]!, to }] }, machine, place);
  assert.match(text, /default "";\n\s+\\default service_db;\n\s+\\hostnames service_db;/);
});
