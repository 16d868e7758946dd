// Which push each worker has in force. Workers have numbers, and one that follows another (after a crash, or by a reload)
// takes its number over; what a worker has is kept by process, so that one on its way out cannot speak for its successor.
//
//   worker/0     7214        the process that has the number
//   holds/7214   12 9        its sequence and revision

const state = ngx.shared.pw_state;

export interface WorkerState {
  readonly pid: number;
  readonly sequence: number;
  readonly revision: number;
}

/** This worker takes its number; in init_worker. */
export function registerWorker(): void {
  const number = `worker/${ngx.worker.id()}`;
  const [before] = state.get(number);
  state.set(number, ngx.worker.pid());
  if (before !== undefined) state.delete(`holds/${before}`);
}

/** This worker has the push in force. */
export function acknowledge(sequence: number, revision: number): void {
  state.set(`holds/${ngx.worker.pid()}`, `${sequence} ${revision}`);
}

/** The processes that take new connections. */
export function workerPids(): number[] {
  const pids: number[] = [];
  for (let id = 0; id < ngx.worker.count(); id++) {
    const [pid] = state.get(`worker/${id}`);
    if (pid !== undefined) pids.push(pid as number);
  }
  return pids;
}

/** What each of them has. */
export function workerStates(): WorkerState[] {
  const states: WorkerState[] = [];
  for (const pid of workerPids()) {
    const [holds] = state.get(`holds/${pid}`);
    if (holds === undefined) continue;
    const [sequence, revision] = (holds as string).split(" ");
    states.push({ pid, sequence: Number(sequence), revision: Number(revision) });
  }
  return states;
}
