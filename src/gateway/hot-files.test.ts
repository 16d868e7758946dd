// What every request runs must be what LuaJIT compiles: read from the bytecode of the built files.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const compiled = new URL("../../build/lua/gateway/", import.meta.url).pathname;

/** The files on every request's way, each with those of its functions that few requests reach. */
const hotFiles: Readonly<Record<string, readonly string[]>> = {
  "overload/shedding": ["____exports.boundRequests", "watch", "____exports.followRooms"],
  phases: ["____exports.init"],
  access: [],
  admission: [],
  answer: [],
  balancer: [],
  "balance/round-robin": [],
  breaker: ["become", "____exports.newBreaker", "____exports.readBreaker", "turn", "____exports.judgeShare"],
  "client-address": [],
  "clients/client-limits": ["____exports.prepareClientLimits", "____exports.followClients"],
  "clients/handshakes": [],
  "clients/client-rate": ["____exports.clientRate"],
  "clients/client-table": ["____exports.newClientTable", "takeUp", "____exports.sweepClients"],
  gcra: [],
  "ip-ranges": ["isWithin"],
  "last-checks": [],
  log: [],
  "media-types": ["____exports.mediaTypes", "lookUp"],
  methods: [],
  metrics: [],
  "sent-bytes": ["prove"],
  "own-pace": [],
  "own-time": ["____exports.beginTiming"],
  record: ["newRecord", "____exports.recordsInUse"],
  request: [],
  "request-id": ["____exports.startRequestIds"],
  "routing/path": [],
  "routing/router": [],
  "target-slots": ["____exports.newSlots", "____exports.slotOf"],
  "target-tls": ["isInForce", "____exports.startTargetTls", "____exports.targetTlsOf"],
  template: ["usualReader", "nameFor", "numbered", "____exports.compileTemplate"],
  tls: [],
  "plain-text": ["judge"],
  "plugins/compress": ["choose", "forbidsTransform", "prepare"],
  "plugins/content-types": ["prepare"],
  "plugins/cors": ["matches", "lookUp", "prepare"],
  "plugins/header-edits": ["editsOf", "give", "valuesWith", "prepare"],
  "plugins/hsts": [],
  "plugins/path-template": ["segmentReader", "prepare"],
  "plugins/ip-lists": ["prepare", "lookUp"],
  "plugins/jwt": ["keys", "keysFrom"],
  "plugins/jwt-cache": ["____exports.createVerdictCache", "____exports.remember"],
  "plugins/jwt-verdict": ["____exports.createTokenCheck"],
  "plugins/security-headers": ["prepare"],
  "plugins/rate-limit": ["prepare"],
};

/** Bytecodes that end a trace, or make garbage, and why. */
const forbidden: Readonly<Record<string, string>> = {
  FNEW: "makes a closure, which is never compiled",
  UCLO: "closes over a variable of a block, which is never compiled",
  VARG: "takes a variable number of arguments",
  LOOP: "a loop within a request's way stops its trace (straight.ts makes straight code of lists)",
  FORI: "a loop within a request's way stops its trace (straight.ts makes straight code of lists)",
  ITERC: "a loop over an iterator",
  ITERN: "a loop over a table's keys",
  TNEW: "makes a table each time",
  TDUP: "makes a table each time",
};

/** Names that must not stand in such a function, and why. */
const forbiddenNames = /\b(__TS__\w+|pcall|ngx\.var|ngx\.ctx)\b/g;

interface LuaFunction {
  readonly name: string;
  readonly text: string;
  readonly bytecodes: readonly string[];
}

/** The functions of a compiled file, without its main chunk. */
function functionsOf(file: string): LuaFunction[] {
  const path = join(compiled, `${file}.lua`);
  const lines = readFileSync(path, "utf8").split("\n");
  const { status, stdout, stderr } = spawnSync("luajit", ["-bl", path], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout
    .split("-- BYTECODE -- ")
    .slice(1)
    .flatMap((listing) => {
      const [, first, last] = /:(\d+)-(\d+)/.exec(listing)!.map(Number);
      if (first === 0) return [];
      const text = lines.slice(first! - 1, last).join("\n");
      const name = /function ([\w.]+)|([\w.]+) = function/.exec(text);
      const bytecodes = [...listing.matchAll(/^\d{4} (?:=>| {2}) ([A-Z0-9]+)/gm)].map((match) => match[1]!);
      return [{ name: name?.[1] ?? name?.[2] ?? `line ${first}`, text, bytecodes }];
    });
}

/** What a function has that it should not. */
function faultsOf({ name, text, bytecodes }: LuaFunction): string[] {
  const codes = [...new Set(bytecodes)].filter((code) => forbidden[code] !== undefined);
  const names = [...new Set(text.match(forbiddenNames))];
  return [...codes.map((code) => `${name}: ${code}: ${forbidden[code]}`), ...names.map((used) => `${name}: ${used}`)];
}

for (const [file, rare] of Object.entries(hotFiles)) {
  test(`${file} has nothing that keeps LuaJIT from compiling a request's way`, () => {
    const functions = functionsOf(file);
    const unknown = rare.filter((name) => !functions.some((one) => one.name === name));
    assert.deepEqual(unknown, [], "the functions named here are there");
    const frequent = functions.filter(({ name }) => !rare.includes(name));
    assert.deepEqual(frequent.flatMap(faultsOf), []);
  });
}
