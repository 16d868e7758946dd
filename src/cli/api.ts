// The control API as the command line calls it: over the local socket, or over TLS with a token.
import { ConnectionFailed, type Door, type Lines, openLines, request } from "../lib/http.ts";
import { type ApiRouteId, apiRoutes } from "../wire/api.ts";
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
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "remote"; readonly url: string; readonly token: string; readonly authorityPem?: string };

/** A client of control; nothing is sent before the first call. */
export function connectApi(target: ApiTarget): Api {
  const door: Door =
    target.kind === "socket"
      ? { socketPath: target.path }
      : { url: target.url, ...(target.authorityPem !== undefined && { ca: target.authorityPem }) };
  const headers: Record<string, string> = target.kind === "remote" ? { authorization: `Bearer ${target.token}` } : {};
  const prepare = (route: ApiRouteId, options: CallOptions) => ({
    ...door,
    method: apiRoutes[route].method,
    path: pathOf(route, options),
    headers: { ...headers, ...(options.body !== undefined && { "content-type": "application/json" }) },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    ...(options.signal && { signal: options.signal }),
  });
  return {
    async call<Answer>(route: ApiRouteId, options: CallOptions = {}) {
      const reply = await request({ ...prepare(route, options), timeoutMs: 60_000 }).catch((error) => {
        throw unreachable(target, error);
      });
      if (reply.status >= 400) throw fromProblem(parseJson(reply.body) as Partial<Problem>);
      return parseJson(reply.body) as Answer;
    },
    async lines(route, options = {}) {
      const opened = await openLines(prepare(route, options)).catch((error) => {
        throw unreachable(target, error);
      });
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

function unreachable(target: ApiTarget, error: unknown): AppError {
  if (!(error instanceof ConnectionFailed)) throw error;
  if (target.kind === "socket") {
    return new AppError("notRunning", `no control answers on ${target.path}`, {
      cause: error,
      hint: "run this on the control host as root, start control with `portway up`, or give --url and a token",
    });
  }
  return new AppError("unreachable", `control does not answer: ${error.message}`, {
    cause: error,
    hint:
      error.reason === "untrusted"
        ? "give control's root certificate with --authority FILE"
        : "check --url and the network",
  });
}
