// What nginx is told to use of the machine: each value, where it comes from and why. docs/tuning.md is this table.
import type { NginxObject } from "../wire/edge.ts";

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
  /** The hard limit of open files of a process. */
  readonly openFilesLimit: number;
}

export type Overrides = NginxObject["tuning"];

type FileKey<Key extends string> = Key extends `${infer Name}Ms` ? Name : Key;

interface Knob {
  /** The value in nginx's own notation; empty: the directive is left out. */
  readonly value: (machine: Machine, overrides: Overrides) => string;
  /** Key under `edge.tuning` of the file that replaces it; durations are in ms here, with a unit there. */
  readonly override?: FileKey<keyof Overrides>;
  readonly why: string;
}

const fixed = (value: string, why: string): Knob => ({ value: () => value, why });

const knobs = {
  worker_processes: {
    value: (_, { workers }) => String(workers ?? "auto"),
    override: "workers",
    why: "One worker a core: each runs an event loop of its own that never waits.",
  },
  worker_rlimit_nofile: {
    value: (machine, overrides) => String(openFiles(machine, overrides)),
    override: "openFiles",
    why: "As many files as the system allows a process: a connection is a file.",
  },
  worker_connections: {
    value: (machine, overrides) => String(connections(machine, overrides)),
    override: "connections",
    why: "An eighth of the memory at 32 KiB a connection, shared by the workers; at most half of the open files, since a body on disk and a log take one too. A proxied request takes two.",
  },
  worker_shutdown_timeout: {
    value: (_, { shutdownTimeoutMs }) => (shutdownTimeoutMs === undefined ? "" : `${shutdownTimeoutMs}ms`),
    override: "shutdownTimeout",
    why: "None: a reload lets WebSockets and long answers end by themselves.",
  },
  use: fixed("epoll", "Readiness in constant time, however many connections are open."),
  multi_accept: fixed("off", "One connection an event: a burst spreads over the workers."),
  thread_pool: {
    value: ({ cores }) => `default threads=${clamp(cores * 2, 4, 32)} max_queue=65536`,
    why: "Two threads a core read and write files while the event loop goes on.",
  },
  backlog: {
    value: (machine, overrides) => String(overrides.backlog ?? clamp(connections(machine, overrides) / 4, 511, 4096)),
    override: "backlog",
    why: "Connections that may wait to be accepted in a burst; the kernel's own limit (net.core.somaxconn) is 4096.",
  },
  reuseport: {
    value: ({ cores }) => (cores >= 8 ? "reuseport" : ""),
    why: "From eight cores on one queue a worker, since a shared one becomes a lock; below, any idle worker takes the next connection.",
  },
  sendfile: fixed("on", "A body on disk goes to the socket without a copy through the worker."),
  tcp_nopush: fixed("on", "Headers and the start of a file share a packet."),
  tcp_nodelay: fixed("on", "The last, small packet of an answer is not held back."),
  aio: fixed("threads", "A slow disk holds no worker."),
  aio_write: fixed("on", "The same for bodies that are written to disk."),
  keepalive_timeout: {
    value: (_, { clientKeepaliveMs }) => (clientKeepaliveMs === undefined ? "75s" : `${clientKeepaliveMs}ms`),
    override: "clientKeepalive",
    why: "Longer than the minute between polls of many clients, so that they shake hands once.",
  },
  keepalive_requests: fixed(
    "10000",
    "A connection is renewed now and then, which frees its memory, at one TLS handshake in 10,000 requests.",
  ),
  tls_keepalive_requests: fixed(
    "1000",
    "keepalive_requests of the HTTPS listener: HTTP/2 requests that are reset at once (CVE-2023-44487) cost their client a handshake a thousand.",
  ),
  client_header_timeout: fixed("15s", "A client that sends its headers drop by drop holds a connection no longer."),
  client_body_timeout: fixed("30s", "The longest silence within a request body."),
  send_timeout: fixed("30s", "The longest that a client may take nothing of its answer."),
  reset_timedout_connection: fixed("on", "The memory of a connection that timed out is freed at once."),
  client_header_buffer_size: fixed("2k", "Fits nearly every request with a token; larger ones take large buffers."),
  client_body_buffer_size: fixed("64k", "Most API bodies stay in memory, larger ones go to disk."),
  http2_max_concurrent_streams: fixed("128", "Bounds what one connection can ask for at once (CVE-2023-44487)."),
  upstream_keepalive: {
    value: (machine, overrides) =>
      String(overrides.upstreamKeepalive ?? clamp(connections(machine, overrides) / 32, 64, 512)),
    override: "upstreamKeepalive",
    why: "Idle connections to targets that each worker keeps: through a tunnel a new one costs a round trip.",
  },
  tls_upstream_keepalive: fixed("32", "The same for targets that speak TLS, for each name and certificate by itself."),
  upstream_keepalive_timeout: fixed(
    "4s",
    "Below the idle time of common servers (5 s in Node), so that none is used as it closes.",
  ),
  upstream_keepalive_requests: fixed("100000", "Targets are trusted to free their own memory."),
  proxy_buffer_size: fixed("16k", "Fits the headers of an answer with large cookies."),
  proxy_buffers: fixed("8 16k", "A slow client holds 128 KiB here rather than a connection of the target."),
  proxy_max_temp_file_size: fixed("0", "Answers never go to disk; events of a stream arrive at once."),
  proxy_connect_timeout: fixed("5s", "Only until the gateway sets the service's own."),
  gzip_comp_level: fixed("5", "JSON and text within 2 % of the size at level 9, in half of its time."),
  gzip_buffers: fixed("4 16k", "Compressed text goes on in pieces of the size that a TLS record has."),
  brotli_comp_level: fixed(
    "5",
    "JSON and text 2 to 4 % smaller than with gzip's level 9, in about the time of gzip's 6.",
  ),
  brotli_window: fixed(
    "128k",
    "Memory of an answer while it is compressed grows with it; answers of APIs are seldom larger.",
  ),
  ssl_session_cache: {
    value: ({ memoryBytes }) => `shared:portway_tls:${mebibytes(memoryBytes, 256, 4, 64)}`,
    why: "A 256th of the memory, 4,000 sessions a MiB: all workers resume them, also after a reload.",
  },
  ssl_session_timeout: fixed("4h", "A client of the same working day resumes."),
  ssl_session_tickets: fixed("off", "Tickets do not survive a reload, and one key of theirs opens every session."),
  access_log: fixed("buffer=64k flush=1s", "One write a second rather than one a request."),
  pw_objects: {
    value: ({ memoryBytes }) => mebibytes(memoryBytes, 32, 64, 512),
    why: "Routes, services, keys in two versions: a 32nd of the memory; 5,000 routes take 10 MiB.",
  },
  pw_state: fixed("1m", "Revision, digest, what each worker has."),
  pw_limits: {
    value: ({ memoryBytes }) => mebibytes(memoryBytes, 64, 32, 256),
    why: "Rate buckets: a 64th of the memory, 7,000 clients a MiB; the longest unused goes first.",
  },
  pw_handshakes: fixed(
    "8m",
    "New TLS connections of each address: 65,000, of IPv6 as many. Apart, since client hellos of many addresses push out the longest unused.",
  ),
  pw_bans: fixed(
    "4m",
    "Addresses kept out for floods: 16,000 at once, and 32,000 once their floods are forgotten. Apart, since only a real flood writes one.",
  ),
  pw_health: fixed("4m", "Ejected targets: 20,000."),
  pw_counters: fixed(
    "72m",
    "Counters of all workers: 1,000 routes with twice 50 buckets of time, 1,000 services with 50.",
  ),
  pw_why: fixed(
    "12m",
    "What `portway why` tells: the last 1,000 of the sample and the last 1,000 failures, 4 KiB each at most.",
  ),
} as const satisfies Readonly<Record<string, Knob>>;

export type KnobName = keyof typeof knobs;
export type Tuning = Readonly<Record<KnobName, string>>;

const knobNames = Object.keys(knobs) as KnobName[];

/** Every value for one machine. */
export function tune(machine: Machine, overrides: Overrides = {}): Tuning {
  return Object.fromEntries(knobNames.map((name) => [name, knobs[name].value(machine, overrides)])) as Tuning;
}

const gibibyte = 1024 ** 3;
const examples: readonly (readonly [string, Machine])[] = [
  ["1 core, 1 GiB", { cores: 1, memoryBytes: gibibyte, openFilesLimit: 524_288 }],
  ["4 cores, 8 GiB", { cores: 4, memoryBytes: 8 * gibibyte, openFilesLimit: 524_288 }],
  ["16 cores, 64 GiB", { cores: 16, memoryBytes: 64 * gibibyte, openFilesLimit: 524_288 }],
];

/** docs/tuning.md. */
export function tuningPage(): string {
  const values = examples.map(([, machine]) => tune(machine));
  const rows = knobNames.map((name) => {
    const { why, override }: Knob = knobs[name];
    const cells = values.map((tuning) => tuning[name] || "(left out)");
    const same = cells.every((cell) => cell === cells[0]) ? [cells[0], "same", "same"] : cells;
    return [name, ...same, override === undefined ? "" : `\`${override}\``, why];
  });
  const head = ["", ...examples.map(([title]) => title), "in the file", "why"];
  const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${introduction}\n${table.join("\n")}\n`;
}

const introduction = `# Tuning of nginx

What \`portway edge\` writes into nginx.conf, for three sizes of machine with a limit of 524,288 open files. Values that
have a name under "in the file" can be set as \`edge.tuning.NAME\` in portway.yaml. This page is made from
src/edge/tuning.ts: \`node src/edge/tuning-page.ts\`.
`;

function openFiles({ openFilesLimit }: Machine, overrides: Overrides): number {
  return overrides.openFiles ?? Math.min(openFilesLimit, 1_048_576);
}

function connections(machine: Machine, overrides: Overrides): number {
  const byMemory = machine.memoryBytes / 8 / 32_768 / (overrides.workers ?? machine.cores);
  const byFiles = openFiles(machine, overrides) / 2;
  return overrides.connections ?? Math.floor(Math.min(clamp(byMemory, 1024, 65_536), byFiles));
}

function mebibytes(memoryBytes: number, share: number, least: number, most: number): string {
  return `${clamp(memoryBytes / share / 1024 ** 2, least, most)}m`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.floor(Math.min(most, Math.max(least, value)));
}
