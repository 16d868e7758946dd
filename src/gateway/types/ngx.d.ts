// What the gateway uses of lua-nginx-module 0.10.23: https://github.com/openresty/lua-nginx-module#nginx-api-for-lua.
// Methods take the object before the colon; members of interfaces marked noSelf are called without it.

/** A dictionary in memory shared by all workers; each method is atomic, a get and a set together are not. */
interface SharedDict {
  get(key: string): LuaMultiReturn<[value: string | number | boolean | undefined, flags?: number]>;
  set(
    key: string,
    value: string | number | boolean | undefined,
    expireSeconds?: number,
  ): LuaMultiReturn<[ok: boolean, error?: string]>;
  /** Never drops other entries to make room. */
  safe_set(
    key: string,
    value: string | number | boolean,
    expireSeconds?: number,
  ): LuaMultiReturn<[ok: boolean, error?: string]>;
  /** Fails with "exists" unless the key is new or expired. */
  add(
    key: string,
    value: string | number | boolean,
    expireSeconds?: number,
  ): LuaMultiReturn<[ok: boolean, error?: string]>;
  /** `init` (and its time to live) is used when there is no such key. */
  incr(
    key: string,
    by: number,
    init?: number,
    initTtlSeconds?: number,
  ): LuaMultiReturn<[value: number | undefined, error?: string]>;
  expire(key: string, seconds: number): boolean;
  delete(key: string): void;
}

interface NgxShared {
  readonly pw_objects: SharedDict;
  readonly pw_state: SharedDict;
  readonly pw_limits: SharedDict;
  readonly pw_handshakes: SharedDict;
  readonly pw_bans: SharedDict;
  readonly pw_health: SharedDict;
  readonly pw_counters: SharedDict;
  readonly pw_why: SharedDict;
  /** In the nginx of listeners alone. */
  readonly pw_ends: SharedDict;
}

/** @noSelf */
interface NgxRequestApi {
  readonly get_method: () => string;
  readonly get_headers: (max?: number) => Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly set_header: (name: string, value: string | readonly string[]) => void;
  readonly clear_header: (name: string) => void;
  readonly set_uri_args: (query: string) => void;
  /** `isBinary`: any byte may stand in it; nginx encodes it when it forwards. */
  readonly set_uri: (path: string, jump: boolean, isBinary: boolean) => void;
  /** Of its first byte, in seconds since 1970. */
  readonly start_time: () => number;
  readonly read_body: () => void;
  readonly get_body_data: () => string | undefined;
  readonly get_body_file: () => string | undefined;
}

/** @noSelf */
interface NgxWorker {
  readonly id: () => number | undefined;
  readonly pid: () => number;
  readonly count: () => number;
  readonly exiting: () => boolean;
}

/** A connection that waits without holding the worker up; for timers alone. */
interface TcpSocket {
  settimeouts(connectMs: number, sendMs: number, readMs: number): void;
  connect(host: string, port: number): LuaMultiReturn<[ok: number | undefined, error?: string]>;
  send(data: string): LuaMultiReturn<[bytes: number | undefined, error?: string]>;
  /** `*l`: a line without its end. */
  receive(pattern: string): LuaMultiReturn<[data: string | undefined, error?: string]>;
  /** What there is, at most so many bytes. */
  receiveany(most: number): LuaMultiReturn<[data: string | undefined, error?: string]>;
  close(): void;
}

/** @noSelf */
interface NgxSocketApi {
  readonly tcp: () => TcpSocket;
}

/** @noSelf */
interface NgxTimer {
  /** Runs once, in a context of its own; fails when too many wait. */
  readonly at: (
    seconds: number,
    run: (this: void, premature: boolean) => void,
  ) => LuaMultiReturn<[ok: boolean | undefined, error?: string]>;
  readonly every: (
    seconds: number,
    run: (this: void, premature: boolean) => void,
  ) => LuaMultiReturn<[ok: boolean, error?: string]>;
}

/** @noSelf */
interface Ngx {
  readonly ERR: number;
  readonly WARN: number;
  readonly NOTICE: number;
  readonly ERROR: number;
  readonly HTTP_OK: number;
  readonly shared: NgxShared;
  readonly req: NgxRequestApi;
  readonly var: Record<string, string | undefined>;
  readonly header: Record<string, string | number | readonly string[] | undefined>;
  status: number;
  /** In the body filter: the bytes at hand (1), and whether they are the last (2). */
  readonly arg: Record<number, string | boolean | undefined>;
  readonly worker: NgxWorker;
  /** For texts of fewer than some 60 bytes. */
  readonly crc32_short: (text: string) => number;
  readonly timer: NgxTimer;
  readonly socket: NgxSocketApi;
  readonly log: (level: number, ...parts: readonly (string | number)[]) => void;
  readonly exit: (status: number) => void;
  /** Goes on in another location, in its access phase, and never comes back. */
  readonly exec: (location: string) => void;
  readonly print: (...parts: readonly (string | number)[]) => void;
  readonly sleep: (seconds: number) => void;
  readonly now: () => number;
}

declare const ngx: Ngx;
