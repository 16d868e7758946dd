// Loaded into a program before its own code (node --import): its wall clock is off by CLOCK_OFFSET_MS from then on.
const offsetMs = Number(process.env["CLOCK_OFFSET_MS"] ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    // Only the present is shifted: a date that is given is that date.
    if (given.length === 0) super(RealDate.now() + offsetMs);
    else super(...(given as [number]));
  }
  static override now(): number {
    return RealDate.now() + offsetMs;
  }
} as DateConstructor;
