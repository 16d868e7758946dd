// Messages to one connection, made no faster than it takes them: of a state that waits for a slow reader only the next few
// kilobytes are text, so that a thousand states which are sent at once take no memory.
import type { Writable } from "node:stream";
import type { Objects } from "../wire/objects.ts";
import type { StreamMessage } from "../wire/stream.ts";

export interface Feed {
  /** Resolves once the connection has taken all of it, or is gone. An answer to a post goes before what is not begun. */
  readonly send: (message: StreamMessage) => Promise<void>;
  /** It can take more at once. */
  readonly isIdle: () => boolean;
  /** How it went since this was asked last: something waits of which none was taken, nothing was sent, or neither. */
  readonly look: () => "stuck" | "quiet" | "busy";
  /** Ends the connection; what waits is not sent any more. With `end` it has a moment to take what was written and to end too. */
  readonly end: (how: "end" | "destroy") => void;
}

interface Waiting {
  readonly pieces: Iterator<string>;
  /** A ping is no reason to leave out the next one. */
  readonly isPing: boolean;
  /** The host posts again what is not answered in time, however long a state is. */
  readonly isAnswer: boolean;
  isBegun: boolean;
  readonly taken: () => void;
}

/** A machine that lost its power never ends its half, and to break off at once could cost a living one the farewell. */
const farewellMs = 2_000;

/** With the object that ends it, most often less than a TLS record. */
const pieceLength = 12 * 1024;

/**
 * `onIdle` is called when a connection has taken everything. One piece is under way at a time: TLS would keep buffers as large
 * as the most that ever waited, for each connection as long as it lasts.
 */
export function createFeed(outgoing: Writable, onIdle: () => void): Feed {
  const waiting: Waiting[] = [];
  let isUnderWay = false;
  let pieces = 0;
  let before = { pieces, waitingBytes: 0 };
  const isIdle = () => waiting.length === 0 && !isUnderWay;

  function feed(): void {
    while (waiting.length > 0 && !isUnderWay) {
      const [first] = waiting as [Waiting];
      first.isBegun = true;
      const piece = first.pieces.next();
      if (piece.done) {
        waiting.shift();
        first.taken();
      } else {
        if (!first.isPing) pieces++;
        isUnderWay = true;
        outgoing.write(piece.value, arrived);
      }
    }
  }
  function arrived(): void {
    isUnderWay = false;
    if (outgoing.destroyed || outgoing.writableEnded) return;
    feed();
    if (isIdle()) onIdle();
  }
  function giveUp(): void {
    for (const { taken } of waiting.splice(0)) taken();
  }
  outgoing.on("close", giveUp);
  return {
    send: (message) =>
      new Promise((taken) => {
        if (outgoing.destroyed || outgoing.writableEnded) return taken();
        const isAnswer = message.type === "posted";
        const later = isAnswer ? waiting.findIndex((one) => !one.isBegun && !one.isAnswer) : -1;
        const isPing = message.type === "ping";
        const added = { pieces: piecesOf(message), isPing, isAnswer, isBegun: false, taken };
        waiting.splice(later < 0 ? waiting.length : later, 0, added);
        feed();
      }),
    isIdle,
    look() {
      const now = { pieces, waitingBytes: outgoing.writableLength };
      const isSame = now.pieces === before.pieces && now.waitingBytes === before.waitingBytes;
      before = now;
      if (!isSame) return "busy";
      return now.waitingBytes > 0 ? "stuck" : "quiet";
    },
    end(how) {
      giveUp();
      if (how === "destroy") return void outgoing.destroy();
      const late = setTimeout(() => outgoing.destroy(), farewellMs).unref();
      outgoing.once("close", () => clearTimeout(late));
      outgoing.end();
    },
  };
}

/** The message as a line of JSON. */
function* piecesOf(message: StreamMessage): Generator<string, void> {
  if (message.type === "snapshot") {
    const { objects, ...head } = message;
    yield* piecesWith(head, "objects", objects);
  } else if (message.type === "delta") {
    const { upserts, ...head } = message;
    yield* piecesWith(head, "upserts", upserts);
  } else yield `${JSON.stringify(message)}\n`;
}

function* piecesWith(head: object, key: string, objects: Objects): Generator<string, void> {
  let text = `${JSON.stringify(head).slice(0, -1)},"${key}":{`;
  let comma = "";
  for (const name of Object.keys(objects)) {
    text += `${comma}${JSON.stringify(name)}:${JSON.stringify(objects[name])}`;
    comma = ",";
    if (text.length < pieceLength) continue;
    yield text;
    text = "";
  }
  yield `${text}}}\n`;
}
