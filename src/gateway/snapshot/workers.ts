// Which push each worker has in force. A worker writes under its number, so that one that was started in place of another
// (after a crash, or by a reload) takes its line over.

const state = ngx.shared.pw_state;

export interface WorkerState {
  readonly pid: number;
  readonly sequence: number;
  readonly revision: number;
}

/** This worker has the push in force. */
export function acknowledge(sequence: number, revision: number): void {
  state.set(`worker/${ngx.worker.id()}`, `${ngx.worker.pid()} ${sequence} ${revision}`);
}

/** All workers that said something. */
export function workerStates(): WorkerState[] {
  const states: WorkerState[] = [];
  for (let id = 0; id < ngx.worker.count(); id++) {
    const line = lineOf(id);
    if (line !== undefined) states.push(line);
  }
  return states;
}

function lineOf(id: number): WorkerState | undefined {
  const [line] = state.get(`worker/${id}`);
  if (line === undefined) return undefined;
  const [pid, sequence, revision] = (line as string).split(" ");
  return { pid: Number(pid), sequence: Number(sequence), revision: Number(revision) };
}
