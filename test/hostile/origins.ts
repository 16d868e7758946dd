// Three programs as origins (node:http, nginx, HAProxy before node:http). Each tells what it read of a request in a header of
// its answer, in one form: `METHOD target`, sorted `name: value` lines, an empty line, the body.
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { startProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import type { Message } from "./recorder.ts";

export interface Reader {
  readonly name: string;
  readonly port: number;
  readonly stop: () => Promise<unknown>;
}

/** What a reader made of bytes on one connection: a text for each request, or `refused STATUS`. */
export type Reading = readonly string[];

const after = "GET /after HTTP/1.1\r\nHost: after\r\nConnection: close\r\n\r\n";
/** Between two programs only, and rewritten by them. */
const hopByHop = new Set(["connection", "upgrade"]);

/**
 * Sends a message as a gateway would, another after it on the same connection, and reads what was read of both. After a
 * request for an upgrade come no more: what follows may be of another protocol.
 */
export function readingOf(port: number, message: string): Promise<Reading> {
  return new Promise((resolve, reject) => {
    let text = "";
    const isUpgrade = message.includes("\r\nUpgrade: ");
    const bytes = Buffer.from(isUpgrade ? message : message + after, "latin1");
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setTimeout(5_000, () => reject(new Error(`no answer to ${JSON.stringify(message)}: ${text}`)));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (isUpgrade && text.endsWith("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      const answers = text.split(/(?=HTTP\/1\.1 \d{3})/).filter((answer) => !answer.startsWith("HTTP/1.1 100"));
      resolve(
        answers.map((answer) => {
          const seen = /\r\nx-seen: (\S*)\r\n/i.exec(answer)?.[1];
          return seen ? Buffer.from(seen, "base64").toString("latin1") : `refused ${answer.slice(9, 12)}`;
        }),
      );
    });
  });
}

/** What every reader says of the message that follows. */
const afterRead = "GET /after\nhost: after\n\n";

/** What only some origins take, and refuse whole: control characters, bytes above ASCII, verbs of one's own, an incomplete WebSocket. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
export const mayBeRefused = /[\0-\x08\v\f\x0e-\x1f\x7f-\xff]|^FROBNICATE|\r\nUpgrade: |^GET \S*["<>\\^`{|}]/;

/** What the recorded message is to be read as. */
export function readingMeant({ line, headers, body }: Message): Reading {
  const lines = headers.flatMap((header) => {
    const at = header.indexOf(":");
    const name = header.slice(0, at).toLowerCase();
    return hopByHop.has(name) ? [] : [`${name}: ${header.slice(at + 1).trim()}`];
  });
  const text = [line.replace(/ HTTP\/1\.[01]$/, ""), ...lines.sort(), "", body].join("\n");
  return headers.some((header) => header.startsWith("Upgrade:")) ? [text] : [text, afterRead];
}

function tell(request: IncomingMessage, response: ServerResponse): void {
  const body: Buffer[] = [];
  request.on("data", (chunk: Buffer) => body.push(chunk));
  request.on("end", () => {
    const { rawHeaders, method, url } = request;
    const lines = rawHeaders.flatMap((name, index) => {
      const lower = name.toLowerCase();
      return index % 2 === 1 || hopByHop.has(lower) ? [] : [`${lower}: ${rawHeaders[index + 1]}`];
    });
    const text = [`${method} ${url}`, ...lines.sort(), "", Buffer.concat(body).toString("latin1")].join("\n");
    response.setHeader("x-seen", Buffer.from(text, "latin1").toString("base64"));
    response.end();
  });
}

async function nodeReader(): Promise<Reader> {
  const server = createServer(tell);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { name: "node:http", port: (server.address() as AddressInfo).port, stop };
}

const nginxConf = (folder: string, port: number) => `
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path ${folder}/body; large_client_header_buffers 4 64k;
  server {
    listen 127.0.0.1:${port};
    location / { content_by_lua_block {
      ngx.req.read_body()
      local lines = {}
      for name, values in pairs(ngx.req.get_headers(0)) do
        for _, value in ipairs(type(values) == "table" and values or { values }) do
          if name ~= "connection" and name ~= "upgrade" then lines[#lines + 1] = name .. ": " .. value:match("^[ \\t]*(.-)[ \\t]*$") end
        end
      end
      table.sort(lines)
      table.insert(lines, 1, ngx.req.get_method() .. " " .. ngx.var.request_uri)
      local text = table.concat(lines, "\\n") .. "\\n\\n" .. (ngx.req.get_body_data() or "")
      ngx.header["X-Seen"] = ngx.encode_base64(text)
      ngx.header["Content-Length"] = 0
    } }
  }
}
`;

const haproxyConf = (port: number, targetPort: number) => `
global
  tune.http.maxhdr 512
  tune.bufsize 65536
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen origin
  bind 127.0.0.1:${port}
  server node 127.0.0.1:${targetPort}
`;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

async function started(name: string, words: readonly string[], folder: string, port: number): Promise<Reader> {
  const child = startProcess(name, [...words], join(folder, `${name}.log`), process.env);
  const isUp = async () => {
    if (!child.running()) throw new Error(`${name} ended: ${child.logText()}`);
    return answers(port);
  };
  await waitFor(isUp, { what: `${name} to listen` });
  return { name, port, stop: () => child.stop() };
}

/** The readers that this machine has; HAProxy comes with `scripts/setup --with-bench`. */
export async function startReaders(folder: string, freePort: () => Promise<number>): Promise<readonly Reader[]> {
  const node = await nodeReader();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const nginxPort = await freePort();
  const nginxFile = file("nginx.conf", nginxConf(folder, nginxPort));
  const nginx = await started("nginx", ["/usr/sbin/nginx", "-p", folder, "-c", nginxFile], folder, nginxPort);
  if (!existsSync("/usr/sbin/haproxy")) return [node, nginx];
  const haproxyPort = await freePort();
  const haproxyFile = file("haproxy.cfg", haproxyConf(haproxyPort, node.port));
  const haproxy = await started("haproxy", ["/usr/sbin/haproxy", "-db", "-f", haproxyFile], folder, haproxyPort);
  return [node, nginx, haproxy];
}
