// An HTTP check: GET over HTTP/1.1, judged by status and body. Redirects are not followed: a 3xx is an answer.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { version } from "../../lib/version.ts";
import type { HealthConfig } from "../../wire/edge-service.ts";
import { authorityOf, type Door } from "./ask.ts";
import type { TlsToTarget } from "./target-tls.ts";

type HttpCheck = Extract<HealthConfig["check"], { readonly kind: "http" }>;

/** Of the body, where its text is looked for. */
const maxBodyBytes = 65_536;

/** What was wrong with the answer; rejects with what failed before there was one. */
export async function askHttp(
  door: Door,
  { path, host, statuses, body }: HttpCheck,
  signal: AbortSignal,
  tls: TlsToTarget | undefined,
): Promise<string | undefined> {
  const outgoing = (tls ? secureRequest : request)({
    ...tls,
    host: door.address,
    port: door.port,
    path,
    agent: false,
    signal,
    headers: {
      host: host ?? door.host ?? authorityOf(door),
      "user-agent": `portway-health/${version}`,
      "accept-encoding": "identity",
      connection: "close",
    },
  });
  outgoing.on("error", () => {}); // also after this has ended
  outgoing.end();
  try {
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    const status = response.statusCode!;
    if (!statuses.some(({ first, last }) => status >= first && status <= last)) return `status ${status}`;
    if (body === undefined || (await startOf(response)).includes(body)) return undefined;
    return `no ${JSON.stringify(body.slice(0, 40))} in the body`;
  } finally {
    outgoing.destroy();
  }
}

async function startOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBodyBytes);
}
