// Parts of a world as a change leaves them: what is new lies over what is in force, which nobody sees changed before it is
// put in. So a change costs what it touches, and what it leaves behind for LuaJIT to collect is as little.

export interface Layer<Part> {
  /** In force. */
  readonly base: Record<string, Part>;
  readonly made: Record<string, Part>;
  readonly gone: Gone;
}

/** Keys that are no more. */
export type Gone = Readonly<Record<string, true>>;

export function partIn<Part>({ base, made, gone }: Layer<Part>, key: string): Part | undefined {
  const part = made[key];
  if (part !== undefined) return part;
  return gone[key] ? undefined : base[key];
}

/** Whether the part will be another than it was. */
export function isTouched({ made, gone }: Layer<unknown>, key: string): boolean {
  return made[key] !== undefined || gone[key] !== undefined;
}

/** Brings a layer's parts into force. */
export function putIn<Part>({ base, made, gone }: Layer<Part>): void {
  for (const key in gone) delete base[key];
  for (const key in made) base[key] = made[key]!;
}
