/** The time between two tokens of a bucket that gets `tokens` every `perMs`, microseconds (GCRA's emission interval). */
export function intervalMicros(tokens: number, perMs: number): number {
  return Math.max(1, Math.round((perMs * 1000) / tokens));
}
