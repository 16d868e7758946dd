// What the programs of a host share: their way to control. Calls go as this host (mutual TLS with the pinned root) to any
// of the control URLs.
import { randomUUID } from "node:crypto";
import { ConnectionFailed, type Door, keepAlive, type Lines, openLines, prepared, request } from "../lib/http.ts";
import { controlDoors, type Identity } from "../lib/identity.ts";
import { type ApiRouteId, apiRoutes } from "../wire/api-routes.ts";
import { AppError, fromProblem, type Problem } from "../wire/errors.ts";
import { instanceHeader } from "../wire/join.ts";
import { type StreamPart, streamPingSeconds, streamProtocol } from "../wire/stream.ts";
import { createPosts } from "./posts.ts";

export interface ControlClient {
  /** Opens the stream of one part; `digest` is that of the state held, undefined asks for a snapshot. Throws AppError. */
  readonly openStream: (part: StreamPart, digest: string | undefined, signal: AbortSignal) => Promise<Lines>;
  /** Throws AppError: control's own, or `unreachable`. */
  readonly post: (
    route: "selfStatus" | "selfAnswer" | "selfLeave",
    body: unknown,
    signal?: AbortSignal,
  ) => Promise<void>;
  /** The same for a route whose answer says something. */
  readonly call: <Answer>(route: "selfRenew", body: unknown, signal?: AbortSignal) => Promise<Answer>;
}

const missedPings = 3;

/** `reread` gives the identity as its files say it by now: a certificate that was renewed meanwhile is the one to show. */
export function connectControl(
  identity: Identity,
  reread: () => Identity | undefined = () => undefined,
): ControlClient {
  const instance = { [instanceHeader]: randomUUID() };
  let shown = shownBy(identity);
  const posts = createPosts();
  let turn = 0;
  const showNewest = () => {
    const newest = reread();
    if (newest !== undefined && newest.certificatePem !== shown.certificatePem) shown = shownBy(newest);
  };
  /** After a failure the next try goes to the next control. */
  const reach = async <T>(by: readonly Door[], work: (door: Door) => Promise<T>): Promise<T> => {
    try {
      return await work(by[turn % by.length]!);
    } catch (error) {
      if (!(error instanceof ConnectionFailed)) throw error;
      turn++;
      throw new AppError("unreachable", `control does not answer: ${error.message}`, { cause: error });
    }
  };

  return {
    async openStream(part, digest, signal) {
      const query = new URLSearchParams({ part, ...(digest !== undefined && { digest }) });
      const path = `${apiRoutes.stream.path}?${query}`;
      const idleMs = missedPings * streamPingSeconds * 1000;
      showNewest();
      const asked = { path, signal, idleMs, headers: instance, upgrade: streamProtocol };
      const lines = await reach(shown.doors, (door) => openLines({ ...door, ...asked }));
      if (lines.status === 200 || lines.send !== undefined)
        return { ...lines, status: 200, lines: posts.through(lines) };
      let body = "";
      for await (const line of lines.lines) body += line;
      throw problemOf(body);
    },
    async post(route, body, signal) {
      if (route !== "selfLeave" && posts.areTaken()) await posts.post(route, body, signal);
      else await sent(route, body, signal);
    },
    call: async <Answer>(route: "selfRenew", body: unknown, signal?: AbortSignal) =>
      JSON.parse(await sent(route, body, signal)) as Answer,
  };

  async function sent(route: ApiRouteId, body: unknown, signal: AbortSignal | undefined): Promise<string> {
    const { method, path } = apiRoutes[route];
    const headers = { "content-type": "application/json", ...instance };
    const call = { method, path, headers, body: JSON.stringify(body), ...(signal && { signal }) };
    showNewest();
    const reply = await reach(shown.keptOpen, (door) => request({ ...door, ...call }));
    if (reply.status >= 400) throw problemOf(reply.body);
    return reply.body;
  }
}

function shownBy(identity: Identity) {
  const doors = controlDoors(identity).map(prepared);
  const keptOpen = doors.map(keepAlive); // a TLS handshake for each status would cost control more than the status
  return { certificatePem: identity.certificatePem, doors, keptOpen };
}

/** The error that a reply's body tells of. */
export function problemOf(body: string): AppError {
  try {
    return fromProblem(JSON.parse(body) as Partial<Problem>);
  } catch {
    return new AppError("internal", "control gave an answer that is not its own", {
      hint: "does something else listen on that port?",
    });
  }
}
