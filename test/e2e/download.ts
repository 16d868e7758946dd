// A file that one host serves and another one fetches by a single connection, whose digest both tell.
import assert from "node:assert/strict";
import type { Host } from "../lab/lab.ts";
import { waitFor } from "../lab/wait-for.ts";

export interface Download {
  /** Resolves once at least so much of it has arrived by that interface since the beginning. */
  readonly arrived: (megabytes: number) => Promise<unknown>;
  /** Resolves when it is there as it was sent; rejects when its connection broke or its digest is another one. */
  readonly whole: Promise<void>;
}

/** Bytes that differ, served once somebody may ask for them. */
const script = (megabytes: number) => `
const bytes = Buffer.alloc(${megabytes} * 2 ** 20);
for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
const digest = require("node:crypto").createHash("sha256").update(bytes).digest("hex");
const server = require("node:http").createServer((_, response) => response.end(bytes));
server.listen(8080, "::", () => console.log(digest));`;

/** Begins to fetch so many megabytes from `address`, which is the server's, at `rate` of them a second at most. */
export async function startDownload(
  [server, address]: readonly [Host, string],
  client: Host,
  { megabytes, rate }: { readonly megabytes: number; readonly rate: number },
): Promise<Download> {
  const served = server.start([process.execPath, "-e", script(megabytes)], { name: "server" });
  const digest = await waitFor(() => /^\w{64}$/m.exec(served.logText())?.[0], { what: "the server" });
  const received = async () => Number(await client.readFile("/sys/class/net/pw0/statistics/rx_bytes"));
  const before = await received();
  const command = `curl -sS --limit-rate ${rate}M http://${address}:8080/ | sha256sum`;
  const fetched = client.run(["sh", "-c", command], { timeoutMs: 240_000 });
  const whole = fetched.then(({ stdout }) => assert.equal(stdout.split(" ")[0], digest)).finally(() => served.stop());
  whole.catch(() => {}); // whoever waits for it hears of it
  return {
    arrived: (part) =>
      waitFor(async () => (await received()) - before > part * 2 ** 20, {
        ...{ what: `${part} MB of the download`, timeoutMs: 120_000 },
      }),
    whole,
  };
}
