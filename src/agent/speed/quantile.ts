// Figures of a few samples. Pure.

/** The sample that so large a share of them is not above; 0 where there are none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return rounded(sorted[Math.max(0, at)] ?? 0);
}

/** The mean difference from one sample to the next. */
export function jitter(samples: readonly number[]): number {
  const steps = samples.slice(1).map((one, index) => Math.abs(one - samples[index]!));
  return rounded(steps.reduce((sum, one) => sum + one, 0) / Math.max(1, steps.length));
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
