// The program behind requester.ts: sends one request after the other until SIGTERM and writes a line for each.
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestOptions, RequestRecord } from "./requester.ts";

const options = JSON.parse(process.argv[2] ?? "") as RequestOptions & { readonly url: string };
const { url, perSecond = 50, timeoutMs = 5000, keepAlive = true } = options;
const { request, Agent } = url.startsWith("https:") ? https : http;
const trust = options.ca === undefined ? { rejectUnauthorized: false } : { ca: options.ca };
const agent = new Agent({ keepAlive, maxSockets: 1, ...trust });

let stopped = false;
process.once("SIGTERM", () => {
  stopped = true;
});

while (!stopped) {
  const record = await sendOne();
  process.stdout.write(`${JSON.stringify(record)}\n`);
  await sleep(Math.max(0, 1000 / perSecond - record.ms));
}
agent.destroy();

function sendOne(): Promise<RequestRecord> {
  const at = Date.now();
  const started = performance.now();
  return new Promise((resolve) => {
    const end = (outcome: Omit<RequestRecord, "at" | "ms">) =>
      resolve({ at, ms: Math.round((performance.now() - started) * 10) / 10, ...outcome });
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: NodeJS.ErrnoException) => {
      const reason = signal.aborted ? `no answer in ${timeoutMs} ms` : error.message || String(error.code);
      end({ error: sent.reusedSocket ? `${reason} (on a connection used before)` : reason });
    };
    const { method = "GET", headers = {} } = options;
    const sent = request(url, { agent, method, headers: { ...headers }, signal });
    sent.on("error", fail);
    sent.on("response", (response) => {
      const servedBy = response.headers["x-served-by"];
      response.on("error", fail);
      response.on("end", () =>
        end({ status: response.statusCode!, ...(typeof servedBy === "string" && { servedBy }) }),
      );
      response.resume();
    });
    sent.end(options.body);
  });
}
