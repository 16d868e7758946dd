// The longest turn of a worker's event loop (loop-probe.lua), asked at the edge's own door.
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "../src/lib/http.ts";

/** Since it was last asked. */
export interface Turns {
  /** How late the probe woke up at the latest. */
  readonly lateMs: number;
  /** The most processor time that a worker took between two of its wake-ups. */
  readonly busyMs: number;
}

/** Puts the probe into the workers of an nginx.conf; gives how it is asked once nginx runs. */
export function addProbe(confFile: string): () => Promise<Turns> {
  const conf = readFileSync(confFile, "utf8");
  const probed = conf
    .replace("/?.lua;;", `/?.lua;${import.meta.dirname}/?.lua;;`)
    .replace('require("gateway.phases").initWorker()', '$& require("loop-probe").start()')
    .replace("location = /state {", 'location = /probe { content_by_lua_block { require("loop-probe").tell() } }\n$&');
  writeFileSync(confFile, probed);
  const socketPath = /listen "?unix:([^";]+)/.exec(conf)![1]!;
  return async () => JSON.parse((await request({ socketPath, path: "/probe" })).body) as Turns;
}
