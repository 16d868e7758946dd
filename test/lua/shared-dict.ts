// A shared dictionary of nginx, for tests in Node: values and nothing of their time to live.
type Value = string | number | boolean;

/** As the type that the tested function asks for: Lua's several values are a list in Node. */
export function sharedDict<Dict>(): Dict {
  const values = new Map<string, Value>();
  const dict = {
    get: (key: string) => [values.get(key)],
    set: (key: string, value: Value) => {
      values.set(key, value);
      return [true];
    },
    add: (key: string, value: Value) => {
      if (values.has(key)) return [false, "exists"];
      values.set(key, value);
      return [true];
    },
    incr: (key: string, by: number, init?: number) => {
      const before = values.get(key) ?? init;
      if (before === undefined) return [undefined, "not found"];
      values.set(key, Number(before) + by);
      return [Number(before) + by];
    },
    delete: (key: string) => void values.delete(key),
  };
  return dict as Dict;
}
