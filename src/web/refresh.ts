// What the page shows, read once more: what control knows by itself at once, what its edges have to be asked for when it comes.
import type { StatusAnswer, TopAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { RoutesAnswer } from "../wire/routes.ts";

export interface Overview {
  readonly status: StatusAnswer;
  readonly audit: AuditAnswer;
  readonly routes: RoutesAnswer;
  /** Absent: no edge tells, or not in time. */
  readonly top?: TopAnswer;
}

/** Asks control for one path; throws what is wrong. */
export type Read = <Answer>(path: string, signal: AbortSignal) => Promise<Answer>;

/** Control itself does not answer. */
const patienceMs = 10_000;

/**
 * Reads the overview and shows it, a second time with the edges' figures; does nothing while that is under way. Edges that
 * say nothing within `topMs` are done without. The routes are read when the revision is another.
 */
export function createRefresh(read: Read, topMs = 1_000) {
  let routesOf: { readonly revision: number; readonly routes: RoutesAnswer } | undefined;
  let lastTop: TopAnswer | undefined;
  let isUnderWay = false;

  async function refresh(signal: AbortSignal, show: (overview: Overview) => void): Promise<void> {
    const within = (ms: number) => AbortSignal.any([signal, AbortSignal.timeout(ms)]);
    const patience = within(patienceMs);
    const asked = read<TopAnswer>("/v1/top", within(topMs)).catch(() => undefined); // where no edge is connected
    const [status, audit] = await Promise.all([
      read<StatusAnswer>("/v1/status", patience),
      read<AuditAnswer>("/v1/audit?limit=15", patience),
    ]);
    const { revision } = status;
    if (routesOf?.revision !== revision) {
      routesOf = { revision, routes: await read<RoutesAnswer>("/v1/routes", patience) };
    }
    const { routes } = routesOf;
    const showWith = (top: TopAnswer | undefined) => {
      if (!signal.aborted) show({ status, audit, routes, ...(top && { top }) });
    };
    showWith(lastTop);
    lastTop = await asked;
    showWith(lastTop);
  }

  return async (signal: AbortSignal, show: (overview: Overview) => void): Promise<void> => {
    if (isUnderWay) return;
    isUnderWay = true;
    try {
      await refresh(signal, show);
    } finally {
      isUnderWay = false;
    }
  };
}
