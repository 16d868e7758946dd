// How many further tries a service gets: a share of its requests in the last five to ten seconds, so that a service that
// fails is not buried under retries. Counted by each worker for its own requests: shares of parts add up to the same share
// of the whole, and no memory is shared on a request's way.

export interface RetryBudget {
  /** Requests since the window began, and in the window before. */
  requests: number;
  requestsBefore: number;
  retries: number;
  retriesBefore: number;
}

export const budgetWindowMs = 5000;

export function newBudget(): RetryBudget {
  return { requests: 0, requestsBefore: 0, retries: 0, retriesBefore: 0 };
}

/** Takes one retry; false when that would be more than the share of requests, and more than `least` in both windows. */
export function takeRetry(budget: RetryBudget, share: number, least: number): boolean {
  const allowed = Math.max(least, (budget.requests + budget.requestsBefore) * share);
  if (budget.retries + budget.retriesBefore + 1 > allowed) return false;
  budget.retries++;
  return true;
}

/** Begins a new window. */
export function turnWindow(budget: RetryBudget): void {
  budget.requestsBefore = budget.requests;
  budget.retriesBefore = budget.retries;
  budget.requests = 0;
  budget.retries = 0;
}
