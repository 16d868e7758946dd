// What a worker does beside requests: follows pushes and health each tick, hands its counts over each second, also while
// it only waits for its last requests after a reload.

import { followSlowStarts } from "./balance/participants.ts";
import { seedRandom } from "./balance/random.ts";
import { budgetWindowMs, turnWindow } from "./balance/retry-budget.ts";
import { followBreakers, startBreakers } from "./breakers.ts";
import { followClients } from "./clients/client-limits.ts";
import { followFloods } from "./clients/flood-bans.ts";
import { findRing } from "./clients/log-ring.ts";
import { current } from "./current.ts";
import { endOverdue } from "./deadlines.ts";
import { followDrains, tellRemaining } from "./drains.ts";
import { flushMetrics } from "./flush.ts";
import { followHealth, judgeFailures, startHealth } from "./health.ts";
import { followRooms } from "./overload/shedding.ts";
import { followTraffic } from "./own-pace.ts";
import { countWorkerTime } from "./rare-counts.ts";
import { requestsInProgress } from "./record.ts";
import { nowMs } from "./request.ts";
import { endSlowBodies } from "./slow-bodies.ts";
import { collectWhenDue } from "./snapshot/collect.ts";
import { followAndTell } from "./snapshot/follow.ts";
import { workAtOnce, workInSlices } from "./snapshot/slices.ts";
import { toolsWith } from "./snapshot/tools.ts";
import { acknowledge, registerWorker } from "./snapshot/workers.ts";
import { nowMicros, processMicros } from "./why/clock.ts";
import { followDebugKeys } from "./why/debug.ts";
import { handOverReports } from "./why/keep.ts";
import { followShare, settingsInForce } from "./why/sample.ts";
import { noteTick } from "./worker-gap.ts";

/** A push is in force everywhere within this. */
const tickSeconds = 0.05;
const flushSeconds = 1;
const budgetSeconds = budgetWindowMs / 1000;

/** In init_worker: this worker was forked with what init had read, which may be old when it replaces one that died. */
export function startWorker(): void {
  startBreakers();
  findRing();
  followAndTell(toolsWith(workAtOnce));
  startHealth();
  registerWorker();
  acknowledge(current.world.sequence, current.world.revision);
  seedRandom(ngx.worker.pid() + Math.floor(ngx.now()));
  ngx.timer.every(tickSeconds, tick);
  ngx.timer.every(budgetSeconds, turnWindows);
  ngx.timer.every(flushSeconds, flush);
}

function tick(premature: boolean): void {
  if (premature) return;
  noteTick(nowMicros(), tickSeconds * 1000);
  followAndTell(toolsWith(workInSlices()));
  followDrains();
  judgeFailures();
  followHealth();
  endOverdue();
  followSlowStarts(nowMs());
  followBreakers();
  followClients();
  followFloods();
  followRooms();
  followShare(settingsInForce(current.world));
  followDebugKeys(current.world);
  handOverReports();
  collectWhenDue(workInSlices());
}

function turnWindows(): void {
  for (const key in current.world.services) turnWindow(current.world.services[key]!.budget);
}

/** Timers end when a worker is told to; this last call of one goes on until no request is left. */
function flush(premature: boolean): void {
  followTraffic();
  endSlowBodies();
  countWorkerTime(processMicros());
  flushMetrics();
  tellRemaining(premature);
  if (!premature) return;
  let waited = 0;
  while (requestsInProgress() > 0) {
    ngx.sleep(tickSeconds);
    endOverdue();
    followDrains();
    followFloods();
    handOverReports();
    waited += tickSeconds;
    if (waited < flushSeconds) continue;
    waited = 0;
    endSlowBodies();
    flushMetrics();
    tellRemaining(true);
  }
  flushMetrics();
}
