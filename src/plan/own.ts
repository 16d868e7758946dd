// Records whose keys are names that people chose: `constructor` is a valid host name.

/** The record's own entry of that key; never what every object inherits. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
