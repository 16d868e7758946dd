// A stream that goes both ways: a host that asked for `streamProtocol` posts over the connection of its stream, so that it needs
// no second one. What it posts is judged as a request of its own would be.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { linesIn } from "../../lib/lines.ts";
import { type ApiRouteId, apiRoutes } from "../../wire/api-routes.ts";
import { AppError, errorStatus, toProblem } from "../../wire/errors.ts";
import { maxPostLength, type Post, type Posted, streamProtocol } from "../../wire/stream.ts";
import { authorOf, callerOf, demandAccess } from "../caller.ts";
import type { Control } from "../control.ts";
import { knownError, toldError } from "../errors.ts";
import type { Feed } from "../feed.ts";
import { rawProblem } from "../raw-problem.ts";
import { checked } from "./endpoint.ts";
import { selfPosts } from "./self.ts";
import { openStream, streamQuery } from "./stream.ts";

export interface Exchanges {
  /** Whether this request asks for it; all others are answered as they ever were. */
  readonly isAsked: (incoming: IncomingMessage) => boolean;
  /** Serves the connection until either end closes it. */
  readonly serve: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

const switching = `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${streamProtocol}\r\n\r\n`;

/** Streams of hosts by upgraded connections. */
export function createExchanges(control: Control): Exchanges {
  const posts = selfPosts(control);

  async function serve(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    socket.unshift(head);
    let feed: Feed | undefined;
    let host = "";
    try {
      const caller = await hostAsking(incoming);
      host = authorOf(caller);
      const query = checked(streamQuery, Object.fromEntries(queryOf(incoming)), "the query");
      feed = await openStream(control, { caller, query, incoming, outgoing: socket }, () => socket.write(switching));
      control.tally.asked("stream", 101);
    } catch (error) {
      return void socket.end(rawProblem(failed("stream", error)), () => socket.destroy());
    }
    if (feed === undefined) return;
    await hear(feed, incoming, socket).catch((error: Error) => {
      socket.destroy();
      const reason = whyUnreadable(error);
      if (reason !== undefined)
        control.log.warn({ host, reason }, "ended a stream by which nobody can read what comes");
    });
  }

  /** Takes one post after the other: the next is read once the answer to the last was taken. */
  async function hear(feed: Feed, incoming: IncomingMessage, socket: Duplex): Promise<void> {
    const tooLong = () => new AppError("tooLarge", `a post is too long: ${maxPostLength} characters at most`);
    for await (const line of linesIn(socket, { maxLength: maxPostLength, tooLong })) {
      const post = postOf(line);
      if (post.type !== "post" || typeof post.id !== "number") continue; // of a newer host
      const posted: Posted = { type: "posted", id: post.id, ...(await take(post, incoming)) };
      await feed.send(posted);
    }
    socket.destroy();
  }

  async function take({ route, body }: Partial<Post>, incoming: IncomingMessage) {
    const known = route !== undefined && Object.hasOwn(posts, route) ? posts[route] : undefined;
    if (route === undefined || known === undefined) {
      return { problem: toProblem(new AppError("notFound", "that is not posted over a stream")) };
    }
    try {
      const caller = await hostAsking(incoming);
      known.take({ caller, incoming, body: known.read(body) });
      control.tally.asked(route, 200);
      return {};
    } catch (error) {
      return { problem: toProblem(failed(route, error)) };
    }
  }

  async function hostAsking(incoming: IncomingMessage) {
    const caller = await callerOf(control, "network", incoming);
    demandAccess("host", caller);
    return caller;
  }

  function failed(route: ApiRouteId, error: unknown): AppError {
    if (!knownError(error)) control.log.error({ err: error }, "a request failed");
    const told = toldError(error);
    control.tally.asked(route, errorStatus[told.code]);
    return told;
  }

  return { isAsked, serve };
}

/** Undefined: the connection broke. */
function whyUnreadable(error: Error): string | undefined {
  if (error instanceof AppError) return error.message;
  return error instanceof TypeError ? "what it says is not UTF-8" : undefined;
}

/** Its words are no part of the error: they may be secret. */
function postOf(line: string): Partial<Post> {
  try {
    return (JSON.parse(line) ?? {}) as Partial<Post>;
  } catch {
    throw new AppError("invalidRequest", "a post is not JSON");
  }
}

function isAsked({ method, url = "", headers }: IncomingMessage): boolean {
  const { method: known, path } = apiRoutes.stream;
  return headers.upgrade === streamProtocol && method === known && url.split("?")[0] === path;
}

const queryOf = ({ url = "" }: IncomingMessage) => new URL(url, "https://control").searchParams;
