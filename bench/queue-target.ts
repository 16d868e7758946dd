// A target with a capacity of its own, in a thread of its own: it answers `places` requests at a time, each after `serviceMs`;
// the others wait in turn. Posts its port once it listens.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const { places, serviceMs } = workerData as { readonly places: number; readonly serviceMs: number };
const waiting: (() => void)[] = [];
let free = places;

function take(answer: () => void): void {
  free--;
  setTimeout(() => {
    answer();
    free++;
    const next = waiting.shift();
    if (next) take(next);
  }, serviceMs);
}

const server = createServer((_, response) => {
  const answer = () => void response.end("done");
  if (free > 0) take(answer);
  else waiting.push(answer);
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
