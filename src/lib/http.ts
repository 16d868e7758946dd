// A small HTTP client over TLS, plain TCP or a unix socket: whole replies, or lines as they come. Bounded in time and size.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { addAbortSignal, type Duplex, type Readable } from "node:stream";
import { createSecureContext, type SecureContext } from "node:tls";
import { linesIn } from "./lines.ts";

/** Where a server is and how it is trusted. */
export interface Door {
  /** `https://control:7443`, without a path; left out with `socketPath`. */
  readonly url?: string;
  readonly socketPath?: string;
  /** PEM of the roots to trust instead of the system's. */
  readonly ca?: string;
  /** PEM chain and key of a client certificate. */
  readonly cert?: string;
  readonly key?: string;
  /** Takes any server certificate: only for fetching what is checked by other means. */
  readonly trustAnyone?: boolean;
  /** From keepAlive: connections are used again. */
  readonly agent?: HttpAgent;
  /** From prepared: what the certificates and the key say. */
  readonly context?: () => SecureContext;
}

export interface Request extends Door {
  /** GET unless told. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole reply, or for the headers of a line stream; 10 s unless told. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A reply whose body is read line by line; when `status` is not 200 the lines are those of the error's body. */
export interface Lines {
  readonly status: number;
  readonly headers: Reply["headers"];
  /** Ends when the server ends; throws ConnectionFailed when the connection breaks or falls silent. */
  readonly lines: AsyncIterable<string>;
  readonly close: () => void;
  /** Sends a line the other way: where the server took up the protocol that was asked for (status 101). */
  readonly send?: (line: string) => void;
}

export type ConnectionFailure = "refused" | "notFound" | "timeout" | "untrusted" | "tooLarge" | "broken" | "aborted";

/** There was no whole reply. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed";
  readonly reason: ConnectionFailure;
  constructor(reason: ConnectionFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

const defaultTimeoutMs = 10_000;
const maxReplyBytes = 64 * 1024 * 1024;
const maxLineBytes = 64 * 1024 * 1024;

/** Sends one request and reads the whole reply, whatever its status; rejects with ConnectionFailed alone. */
export async function request(options: Request): Promise<Reply> {
  return withinTime(options, async (signal) => {
    const { response } = await send(options, signal);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxReplyBytes) throw new ConnectionFailed("tooLarge", `${nameOf(options)}: the reply is too large`);
      chunks.push(chunk);
    }
    return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") };
  });
}

/**
 * Opens a reply without an end (newline-delimited JSON, server-sent events); silence for `idleMs` breaks it. A server that
 * knows the protocol `upgrade` makes of the connection one of lines both ways; others answer as ever.
 */
export async function openLines(
  options: Request & { readonly idleMs?: number; readonly upgrade?: string },
): Promise<Lines> {
  const { upgrade } = options;
  const headers = { ...options.headers, ...(upgrade !== undefined && { connection: "upgrade", upgrade }) };
  const { response, socket } = await withinTime(options, (signal) => send({ ...options, headers }, signal));
  const body: Readable = socket ?? response;
  let ended: ConnectionFailure | "closed" | undefined;
  const end = (why: NonNullable<typeof ended>) => {
    ended ??= why;
    body.destroy();
  };
  body.on("error", () => {}); // whoever reads the lines hears of it
  if (socket !== undefined && options.signal !== undefined) addAbortSignal(options.signal, socket);
  return {
    status: response.statusCode!,
    headers: response.headers,
    close: () => end("closed"),
    lines: linesOf(
      options,
      heardIn(body, options.idleMs, () => end("timeout")),
      () => ended,
    ),
    ...(socket !== undefined && { send: (line: string) => void socket.write(`${line}\n`) }),
  };
}

/** The chunks of a body; nothing for so long is told. */
async function* heardIn(body: Readable, idleMs: number | undefined, onSilence: () => void): AsyncGenerator<Buffer> {
  const timer = idleMs === undefined ? undefined : setTimeout(onSilence, idleMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      timer?.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same door with connections that stay open between requests; `close` lets go of them. A request that meets one which
 * the server closed meanwhile is sent again, so send nothing by it that must not arrive twice.
 */
export function keepAlive(door: Door): Door & { readonly close: () => void } {
  const settings = { keepAlive: true, maxSockets: 4 };
  const agent = isSecure(door) ? new HttpsAgent(settings) : new HttpAgent(settings);
  return { ...door, agent, close: () => agent.destroy() };
}

/** The same door with its certificates and key read once, for who knocks often: to read them takes longer than to be refused. */
export function prepared(door: Door): Door {
  if (!isSecure(door)) return door;
  let made: SecureContext | undefined;
  return { ...door, context: () => (made ??= createSecureContext(tlsOptions(door))) };
}

/** Does `work` within the request's time; whatever goes wrong becomes a ConnectionFailed. */
async function withinTime<T>(options: Request, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), options.timeoutMs ?? defaultTimeoutMs);
  const signal = options.signal ? AbortSignal.any([deadline.signal, options.signal]) : deadline.signal;
  try {
    return await work(signal);
  } catch (error) {
    throw failure(options, error, deadline.signal.aborted ? "timeout" : undefined);
  } finally {
    clearTimeout(timer);
  }
}

interface Begun {
  readonly response: IncomingMessage;
  /** The connection, when the server took up another protocol. */
  readonly socket?: Duplex;
}

/** Resolves with the reply's headers; the signal counts as long as the reply lasts. */
function send(options: Request, signal: AbortSignal): Promise<Begun> {
  return new Promise((resolve, reject) => {
    const body = options.body === undefined ? undefined : Buffer.from(options.body);
    const settings = {
      method: options.method ?? "GET",
      headers: { ...options.headers, ...(body && { "content-length": body.length }) },
      signal,
      agent: options.agent ?? false, // the default one keeps connections whose server may be another by now
    };
    const { path, url, socketPath } = options;
    const begin = (response: IncomingMessage) => resolve({ response });
    const outgoing = isSecure(options)
      ? httpsRequest(new URL(path, url), { ...settings, ...tlsOptions(options) }, begin)
      : socketPath === undefined
        ? httpRequest(new URL(path, url), settings, begin)
        : httpRequest({ ...settings, path, host: "localhost", socketPath }, begin);
    if (options.headers?.["upgrade"] !== undefined) {
      outgoing.on("upgrade", (response, socket: Duplex, head: Buffer) => {
        socket.unshift(head);
        resolve({ response, socket });
      });
    }
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const wasStale = outgoing.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
      if (wasStale) resolve(send(options, signal));
      else reject(error);
    });
    outgoing.end(body);
  });
}

async function* linesOf(
  options: Request,
  chunks: AsyncIterable<Buffer>,
  ended: () => ConnectionFailure | "closed" | undefined,
): AsyncGenerator<string> {
  const tooLong = () => new ConnectionFailed("tooLarge", `${nameOf(options)}: a line is too long`);
  try {
    yield* linesIn(chunks, { maxLength: maxLineBytes, tooLong });
  } catch (error) {
    const why = ended();
    if (why === "closed") return;
    throw failure(options, error, why);
  }
}

const isSecure = (door: Door) => door.socketPath === undefined && door.url?.startsWith("https:") === true;

const tlsOptions = (door: Door) => ({
  minVersion: "TLSv1.2" as const,
  rejectUnauthorized: door.trustAnyone !== true,
  ...(door.context !== undefined && { secureContext: door.context() }),
  ...(door.ca !== undefined && { ca: door.ca }),
  ...(door.cert !== undefined && { cert: door.cert }),
  ...(door.key !== undefined && { key: door.key }),
});

const nameOf = (door: Door) => door.socketPath ?? door.url ?? "no address";

function failure(door: Request, error: unknown, known: ConnectionFailure | undefined): ConnectionFailed {
  if (error instanceof ConnectionFailed) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  const reason = known ?? (door.signal?.aborted ? "aborted" : failureOf(code));
  return new ConnectionFailed(reason, `${nameOf(door)}: ${sentences[reason]}${code && ` (${code})`}`, error);
}

function failureOf(code: string): ConnectionFailure {
  if (["ECONNREFUSED", "ENOENT", "EACCES", "EHOSTUNREACH", "ENETUNREACH"].includes(code)) return "refused";
  if (["ENOTFOUND", "EAI_AGAIN"].includes(code)) return "notFound";
  if (code === "ETIMEDOUT") return "timeout";
  return /CERT|SIGNATURE|ALTNAME|ISSUER/.test(code) ? "untrusted" : "broken";
}

const sentences: Readonly<Record<ConnectionFailure, string>> = {
  refused: "nobody answers",
  notFound: "the name is not known",
  timeout: "no answer in time",
  untrusted: "the certificate is not one that is trusted",
  tooLarge: "the reply is too large",
  broken: "the connection broke",
  aborted: "given up",
};
