type Value = string | number | boolean;

/** The part of a shared dictionary that breakers, limits and tallies need. */
export interface SharedCounts {
  get(key: string): LuaMultiReturn<[value: Value | undefined, flags?: number]>;
  set(key: string, value: Value | undefined, expireSeconds?: number): LuaMultiReturn<[ok: boolean, error?: string]>;
  add(key: string, value: Value, expireSeconds?: number): LuaMultiReturn<[ok: boolean, error?: string]>;
  incr(
    key: string,
    by: number,
    init?: number,
    initTtlSeconds?: number,
  ): LuaMultiReturn<[value: number | undefined, error?: string]>;
  delete(key: string): void;
}
