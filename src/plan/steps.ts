// Work that is done step by step, for who has something else to do in between.

/** Steps, and what comes of them. */
export type Steps<Result> = Generator<void, Result>;

/** Takes all steps at once. */
export function lastOf<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
