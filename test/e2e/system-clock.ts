// Loaded into a program before its own code (node --import): its clocks are off by what the file CLOCK_FILE says from then on,
// {"wallMs": …, "monotonicMs": …}, and jump soon after that is written anew.
import { readFileSync } from "node:fs";

const path = process.env["CLOCK_FILE"]!;
const lookMs = 50;
let offset = { wallMs: 0, monotonicMs: 0 };
const look = () => {
  try {
    offset = { wallMs: 0, monotonicMs: 0, ...(JSON.parse(readFileSync(path, "utf8")) as Partial<typeof offset>) };
  } catch {} // there is none yet, or half of one
};
look();
setInterval(look, lookMs).unref();

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    // Only the present is shifted: a date that is given is that date.
    if (given.length === 0) super(RealDate.now() + offset.wallMs);
    else super(...(given as [number]));
  }
  static override now(): number {
    return RealDate.now() + offset.wallMs;
  }
} as DateConstructor;

const realNow = performance.now.bind(performance);
performance.now = () => realNow() + offset.monotonicMs;
