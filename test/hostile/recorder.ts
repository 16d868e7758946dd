// An origin that keeps every byte it gets, cut into messages as RFC 9112 says and no other way. What is no message at all
// stays in `garbage`.
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface Message {
  readonly raw: string;
  readonly line: string;
  /** `Name: value`, as they came. */
  readonly headers: readonly string[];
  readonly body: string;
}

export interface Recorder {
  readonly port: number;
  readonly messages: readonly Message[];
  /** Bytes after a message that asked for an upgrade which was granted (path `/accept`), and bytes that are no message. */
  readonly tunnelled: readonly string[];
  readonly garbage: readonly string[];
  readonly forget: () => void;
  readonly close: () => void;
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/** The first whole message of a text, undefined while it is not whole; throws when it can never be one. */
function firstMessage(text: string): Message | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...headers] = text.slice(0, end).split("\r\n");
  if (!/^[A-Z]+ \S+ HTTP\/1\.[01]$/.test(line)) throw new Error(`no request line: ${line}`);
  if (!headers.every((header) => /^[!#-'*+.0-9^-z|~-]+: ?[^\r\n\0]*$/i.test(header))) throw new Error("no header line");
  if (headers.some((header) => /^transfer-encoding:/i.test(header))) throw new Error("a coding was passed on");
  const lengths = headers.filter((header) => /^content-length:/i.test(header));
  if (lengths.length > 1) throw new Error("two lengths");
  const length = Number(lengths[0]?.split(": ")[1] ?? 0);
  if (!Number.isSafeInteger(length)) throw new Error("a length that is no number");
  const total = end + 4 + length;
  if (text.length < total) return undefined;
  return { raw: text.slice(0, total), line, headers, body: text.slice(end + 4, total) };
}

export async function recordingOrigin(): Promise<Recorder> {
  const messages: Message[] = [];
  const tunnelled: string[] = [];
  const garbage: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    let isTunnel = false;
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      if (isTunnel) return void tunnelled.push(chunk.toString("latin1"));
      text += chunk.toString("latin1");
      try {
        for (let message = firstMessage(text); message !== undefined; message = firstMessage(text)) {
          messages.push(message);
          text = text.slice(message.raw.length);
          isTunnel = message.line.includes(" /accept ");
          socket.write(isTunnel ? switching : ok);
        }
      } catch (error) {
        garbage.push(`${(error as Error).message}: ${text}`);
        socket.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    tunnelled,
    garbage,
    forget() {
      for (const list of [messages, tunnelled, garbage]) list.length = 0;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
