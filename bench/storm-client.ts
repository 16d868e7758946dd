// Requests over kept connections without a pause, as HTTP clients make them: a GET whose kept, idle connection turns out to
// be closed before a byte of the answer came is sent again on a new one (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
// That is no failure, since nobody waits in vain; it is counted apart. Everything else that ends without a whole answer is.
// A program of its own, to be pinned to a processor: node bench/storm-client.ts PORT LEAST [HEADER…]. It goes on until its
// input ends and there were LEAST requests, and then writes a Storm.
import { connect } from "node:net";

export interface Storm {
  readonly requests: number;
  /** Answers that are not 2xx. */
  readonly refused: number;
  /** Without a whole answer: not connected, or ended when it could not be sent again. */
  readonly broken: number;
  /** Sent again, with an answer in the end. */
  readonly again: number;
  /** Connections that nginx closed after an answer. */
  readonly closed: number;
}

type End = "over" | "last" | "unanswered" | "broken";

const connections = 32;
const [port, least, ...headers] = process.argv.slice(2);
const request = ["GET /orders/1 HTTP/1.1", ...headers, "", ""].join("\r\n");
const count = { requests: 0, refused: 0, broken: 0, again: 0, closed: 0 };
let isTold = false;
const isOver = () => isTold && count.requests >= Number(least);

process.stdin.resume().once("end", () => {
  isTold = true;
});
await Promise.all(Array.from({ length: connections }, client));
console.log(JSON.stringify(count satisfies Storm));

/** One connection after the other. */
async function client(): Promise<void> {
  let end: End = "last";
  while (end !== "over") {
    end = await life(end === "unanswered");
    if (end === "last" || end === "unanswered") count.closed++;
    if (end === "unanswered") count.again++;
    if (end === "broken") {
      count.requests++;
      count.broken++;
    }
  }
}

/** A connection with one request after the other, until it ends; with `isAgain` at least the one that was sent before. */
function life(isAgain: boolean): Promise<End> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    let answers = 0;
    let received = "";
    const end = (how: End) => {
      socket
        .removeAllListeners()
        .on("error", () => {})
        .destroy();
      resolve(how);
    };
    const ask = () => (isOver() && !(isAgain && answers === 0) ? end("over") : void socket.write(request));
    const fail = () => end(answers > 0 && received === "" ? "unanswered" : "broken");
    socket.on("connect", ask).on("error", fail).on("close", fail);
    socket.on("data", (text) => {
      received += text;
      const answer = wholeAnswer(received);
      if (answer === undefined) return;
      received = "";
      answers++;
      count.requests++;
      if (!answer.isGood) count.refused++;
      if (answer.isLast) end("last");
      else ask();
    });
  });
}

/** What an answer says, once all of it is there; bodies have a length here. */
function wholeAnswer(text: string): { readonly isGood: boolean; readonly isLast: boolean } | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const fields = text.slice(0, head);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(fields)?.[1] ?? Number.NaN);
  if (text.length < head + 4 + length) return undefined;
  return { isGood: /^HTTP\/1\.1 2/.test(fields), isLast: /\r\nconnection: *close/i.test(fields) };
}
