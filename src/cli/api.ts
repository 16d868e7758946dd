// The control API as the command line calls it: over the local socket, or over TLS with a token.
import type { ConnectionFailed, Door, Lines, Request } from "../lib/http.ts";
import { type ApiRouteId, apiRoutes } from "../wire/api-routes.ts";
import { AppError, fromProblem, type Problem } from "../wire/errors.ts";

export interface CallOptions {
  /** Values for the `:name` parts of the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface Api {
  /** Calls one route and answers its JSON; throws the AppError that a problem document describes. */
  readonly call: <Answer>(route: ApiRouteId, options?: CallOptions) => Promise<Answer>;
  /** Opens a route whose answer has no end (server-sent events). */
  readonly lines: (route: ApiRouteId, options?: CallOptions) => Promise<Lines>;
}

export type ApiTarget =
  | {
      readonly kind: "socket";
      readonly path: string;
      /** What to do where nobody answers there. */
      readonly hint: () => string;
    }
  | { readonly kind: "remote"; readonly url: string; readonly token: string; readonly authorityPem?: string };

/** A client of control; nothing is sent before the first call, and no HTTP client is loaded either. */
export function connectApi(target: ApiTarget): Api {
  const door: Door =
    target.kind === "socket"
      ? { socketPath: target.path }
      : { url: target.url, ...(target.authorityPem !== undefined && { ca: target.authorityPem }) };
  const headers: Record<string, string> = target.kind === "remote" ? { authorization: `Bearer ${target.token}` } : {};
  const prepare = (route: ApiRouteId, options: CallOptions): Request => ({
    ...door,
    method: apiRoutes[route].method,
    path: pathOf(route, options),
    headers: { ...headers, ...(options.body !== undefined && { "content-type": "application/json" }) },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    ...(options.signal && { signal: options.signal }),
  });
  return {
    async call<Answer>(route: ApiRouteId, options: CallOptions = {}) {
      const { request } = await import("../lib/http.ts");
      const reply = await request({ ...prepare(route, options), timeoutMs: 60_000 }).catch(unreachable(target));
      if (reply.status >= 400) throw fromProblem(parseJson(reply.body) as Partial<Problem>);
      return parseJson(reply.body) as Answer;
    },
    async lines(route, options = {}) {
      const { openLines } = await import("../lib/http.ts");
      const opened = await openLines(prepare(route, options)).catch(unreachable(target));
      if (opened.status < 400) return opened;
      let body = "";
      for await (const line of opened.lines) body += line;
      throw fromProblem(parseJson(body) as Partial<Problem>);
    },
  };
}

function pathOf(route: ApiRouteId, options: CallOptions): string {
  const path = apiRoutes[route].path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(options.path?.[name] ?? ""),
  );
  const query = new URLSearchParams(Object.entries(options.query ?? {}).map(([key, value]) => [key, String(value)]));
  return query.size > 0 ? `${path}?${query}` : path;
}

function parseJson(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new AppError("unreachable", "control's answer is not JSON", {
      cause,
      hint: "does something else listen there?",
    });
  }
}

/** Turns a failed connection, the only thing that the HTTP client throws, into what the person can do about it. */
function unreachable(target: ApiTarget): (failure: ConnectionFailed) => never {
  return (failure) => {
    if (failure.reason === "aborted") throw new AppError("unreachable", "given up", { cause: failure });
    if (target.kind === "socket" && isForbidden(failure.cause)) {
      throw new AppError("forbidden", `this user may not use ${target.path}`, {
        cause: failure,
        hint: "as root: sudo portway …",
      });
    }
    if (target.kind === "socket") {
      throw new AppError("notRunning", `no control answers on ${target.path}`, {
        cause: failure,
        hint: target.hint(),
      });
    }
    throw new AppError("unreachable", `control does not answer: ${failure.message}`, {
      cause: failure,
      hint:
        failure.reason === "untrusted"
          ? "give control's root certificate with --authority FILE"
          : "check --url and the network",
    });
  };
}

const isForbidden = (cause: unknown) =>
  ["EACCES", "EPERM"].includes((cause as NodeJS.ErrnoException | undefined)?.code ?? "");
