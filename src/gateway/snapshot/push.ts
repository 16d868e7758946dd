// POST /snapshot on the edge process's socket, answered when every worker has the push in force.
import type { SnapshotPush, SnapshotReply } from "../../wire/edge-state.ts";
import { current } from "../current.ts";
import { expectGarbage } from "./collect.ts";
import { building, follow } from "./follow.ts";
import { currentSequence } from "./memory.ts";
import { isPush } from "./shapes.ts";
import { workInSlices } from "./slices.ts";
import type { Refusal } from "./take.ts";
import { takePush } from "./take.ts";
import { toolsWith } from "./tools.ts";
import { acknowledge, workerStates } from "./workers.ts";

const cjson: CjsonSafe = require("cjson.safe");
const state = ngx.shared.pw_state;
const mostWaitMs = 2000;
const pollSeconds = 0.002;
/** A worker that dies with a push in hand blocks others no longer than this. */
const lockSeconds = 10;
/** From here on the text of a push, and what it says, is collected by itself. */
const largeBytes = 256 * 1024;

/** Handles the request of the running phase. */
export function handlePush(): void {
  const body = requestBody();
  const refusal = takenOnce(body);
  if (body.length >= largeBytes) expectGarbage();
  if (refusal === undefined) {
    state.delete("error");
    acknowledge(current.world.sequence, current.world.revision);
    waitForWorkers();
  } else {
    noteRefusal(refusal.reason);
  }
  const { revision, digest } = current.world;
  const error = refusal?.reason;
  const reply: SnapshotReply = { revision, digest, workers: workersWithIt(), ...(error !== undefined && { error }) };
  ngx.status = refusal?.status ?? ngx.HTTP_OK;
  ngx.header["Content-Type"] = "application/json";
  const [text] = cjson.encode(reply);
  ngx.print(text ?? "");
}

/** One push at a time, over all workers. */
function takenOnce(body: string): Refusal | undefined {
  const [push, error] = cjson.decode(body);
  if (error !== undefined) return { status: 422, reason: `not JSON: ${error}` };
  if (!isPush(push)) return { status: 422, reason: "not the shape of a push" };
  const [isFirst] = state.add("push", true, lockSeconds);
  if (!isFirst) return { status: 409, reason: "another push is being taken" };
  const refusal = takeInTurn(push);
  state.delete("push");
  return refusal;
}

/** GET /state's `lastError`. */
export function lastRefusal(): string | undefined {
  const [reason] = state.get("error");
  return reason as string | undefined;
}

/** A snapshot was refused: the reason stays until one is taken. */
export function noteRefusal(reason: string): void {
  state.set("error", reason);
  ngx.log(ngx.WARN, "portway: refused a snapshot: ", reason);
}

function takeInTurn(push: SnapshotPush): Refusal | undefined {
  while (building.isBusy) ngx.sleep(pollSeconds);
  const tools = toolsWith(workInSlices());
  const problem = follow(tools);
  if (problem !== undefined) return { status: 422, reason: problem };
  if (current.world.sequence !== currentSequence()) return { status: 409, reason: "another push is coming into force" };
  building.isBusy = true;
  const refusal = takePush(push, tools);
  building.isBusy = false;
  return refusal;
}

function requestBody(): string {
  ngx.req.read_body();
  const body = ngx.req.get_body_data();
  if (body !== undefined) return body;
  const path = ngx.req.get_body_file();
  if (path === undefined) return "";
  const [file] = io.open(path, "rb");
  const text = file?.read("*a") ?? "";
  file?.close();
  return text;
}

function workersWithIt(): number {
  return workerStates().filter(({ sequence }) => sequence >= current.world.sequence).length;
}

function waitForWorkers(): void {
  for (let waitedMs = 0; waitedMs < mostWaitMs && workersWithIt() < ngx.worker.count(); waitedMs += 2) {
    ngx.sleep(pollSeconds);
  }
}
