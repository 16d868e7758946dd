// Lua modules that are not compiled from TypeScript, and C functions reached by FFI. Each file takes what it needs by
// `require`, typed at that place.

/** A C object of LuaJIT's FFI: only handed on. */
interface CData {
  readonly __cdata: never;
}

/** @noSelf */
interface Ffi<Library> {
  readonly C: Library;
  readonly cdef: (declarations: string) => void;
  /** Of the last C function that set it. */
  readonly errno: () => number;
  readonly new: (type: string, length?: number) => CData;
  readonly string: (data: CData, length?: number) => string;
  readonly cast: (type: CData, data: CData) => CData;
  readonly typeof: (type: string) => CData;
}

/** @noSelf */
interface CjsonSafe {
  readonly decode: (text: string) => LuaMultiReturn<[value: unknown, error?: string]>;
  readonly encode: (value: unknown) => LuaMultiReturn<[text: string | undefined, error?: string]>;
}

/** LuaJIT's own serialisation: several times as fast as JSON, for tables that stay on this machine. @noSelf */
interface StringBuffer {
  readonly encode: (value: unknown) => string;
  readonly decode: (bytes: string) => unknown;
}

/** `jit.opt`. @noSelf */
interface JitOptions {
  readonly start: (...options: readonly string[]) => void;
}
