// Sends the bytes of a case and reads the answers to it. When all are there and the connection is still open, one more
// request follows: whatever the gateway had kept back of the case would come before it, or swallow it.
import { connect } from "node:net";

/** Path of the request that follows a case. */
export const afterPath = "/after-the-case";
const after = `GET ${afterPath} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`;
/** For cases that get no answer at all. */
const silenceMs = 60;
const longestMs = 3_000;

export interface Answer {
  /** 0: bytes without a status line (HTTP/0.9). */
  readonly status: number;
  readonly head: string;
}

/** The whole final answers in a text. */
function answersIn(text: string): Answer[] {
  const answers: Answer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return answers;
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(rest)?.[1] ?? 0);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(rest.slice(0, end))?.[1] ?? 0);
    if (rest.length < end + 4 + length) return answers;
    if (status < 100 || status > 199 || status === 101) answers.push({ status, head: rest.slice(0, end + 2) });
    rest = rest.slice(end + 4 + length);
  }
}

/** Each answer. `expected` answers are waited for; none: until the gateway closes or has been silent for a while. */
export function send(port: number, bytes: string, expected: number): Promise<Answer[]> {
  return new Promise((resolve) => {
    let text = "";
    let hasAfter = false;
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")));
    const timer = setTimeout(() => socket.destroy(), expected === 0 ? silenceMs : longestMs);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const answers = answersIn(text);
      if (hasAfter || answers.length < expected || socket.readableEnded) return;
      hasAfter = true;
      if (answers.some(({ status }) => status === 101)) socket.end();
      else if (!/\r\nConnection: close\r\n/.test(text)) socket.write(after);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      const isText = text !== "" && !text.startsWith("HTTP/");
      resolve(isText ? [{ status: 0, head: "" }] : answersIn(text));
    });
  });
}
