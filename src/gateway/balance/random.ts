// Chance that a test can repeat: Park and Miller's generator, exact in doubles, so that Node and Lua give the same.

const modulus = 2 ** 31 - 1;
const state = { last: 1 };

/** Begins the sequence of this number, any whole one from 0. */
export function seedRandom(seed: number): void {
  state.last = (seed % (modulus - 1)) + 1;
}

/** A whole number from 0 to below `count`. */
export function randomBelow(count: number): number {
  state.last = (state.last * 48_271) % modulus;
  return Math.floor((state.last / modulus) * count);
}
