// Who floods HTTP/2 again and again opens no new TLS connection for a while. nginx ends a flooded connection only after some
// megabytes of frames, which it reads within one turn of its event loop; the next connection would hold the worker as long again.
// In shared memory, for all workers:
//
//   floods/<address>   10   weight of this address's floods since the first one of the last ten seconds
//   banned/<address>   1    until it expires
import { networkOf } from "../client-address.ts";
import { current } from "../current.ts";
import { addressBytes } from "../ip-ranges-parse.ts";
import { countFlood } from "../rare-counts.ts";
import type { SharedCounts } from "../shared-counts.ts";
import { floodsIn } from "./floods.ts";
import { newLines } from "./log-ring.ts";
import { isTrustedProxy } from "./trusted-proxies.ts";

/** No browser sends the others; headers that are too large may be a cookie jar's. */
const weights: Readonly<Record<string, number>> = { frames: 5, priorities: 5, streams: 5, headers: 1 };
const enough = 15;
const windowSeconds = 10;

const shared = ngx.shared.pw_bans as unknown as SharedCounts;

/** Whether connections of this address, as networkOf names it, are refused. */
export function isBanned(network: string): boolean {
  const [banned] = shared.get(`banned/${network}`);
  return banned !== undefined;
}

/** A connection from `client`, an address as nginx writes it, was ended for a flood of this kind. */
function noteFlood(client: string, kind: string): void {
  const seconds = current.world.clientLimits?.handshakes.banSeconds;
  const bytes = addressBytes(client);
  if (seconds === undefined || bytes === undefined) return;
  const address = String.fromCharCode(...bytes);
  if (isTrustedProxy(address)) return;
  const network = networkOf(address);
  const [weight] = shared.incr(`floods/${network}`, weights[kind] ?? 1, 0, windowSeconds);
  if (weight === undefined || weight < enough) return;
  const [isNew] = shared.add(`banned/${network}`, 1, seconds);
  if (!isNew) shared.set(`banned/${network}`, 1, seconds);
  else ngx.log(ngx.WARN, "portway: ", client, " floods HTTP/2: refused new TLS connections for ", seconds, " s");
}

/** Once in a tick: what this worker's nginx has ended for floods since the last one. */
export function followFloods(): void {
  const [lines, isCut] = newLines();
  if (lines === undefined) return;
  const noted: Record<string, boolean | undefined> = {};
  for (const { kind, client, connection } of floodsIn(lines, ngx.worker.pid(), isCut)) {
    countFlood(kind);
    if (noted[connection] === undefined) noteFlood(client, kind);
    noted[connection] = true;
  }
}
