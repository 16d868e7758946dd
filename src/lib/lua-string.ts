// Lua's string library, as far as modules that are made for LuaJIT use it where JavaScript has nothing as cheap there. They
// find it as a global, in Node too, while `withLuaString` runs.

/** Places are counted from 1, and from the end when negative. */
const luaString = {
  sub: (text: string, first: number, last = -1): string => {
    const from = first < 0 ? Math.max(0, text.length + first) : first - 1;
    return text.slice(from, last < 0 ? text.length + last + 1 : last);
  },
  byte: (text: string, at = 1): number | undefined => (at <= text.length ? text.charCodeAt(at - 1) : undefined),
  /** For `%.17g` alone: a number with all of its digits. */
  format: (_: string, value: number): string => String(value),
};

/** What `work` gives, run where Lua's string library is there as in Lua. */
export function withLuaString<T>(work: () => T): T {
  Object.assign(globalThis, { string: luaString });
  const leave = () => Reflect.deleteProperty(globalThis, "string");
  let result: T;
  try {
    result = work();
  } catch (error) {
    leave();
    throw error;
  }
  if (result instanceof Promise) return result.finally(leave) as T;
  leave();
  return result;
}
