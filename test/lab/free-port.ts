// Ports for servers of tests and benchmarks.
import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that Linux gives out by itself (32768 to 60999): neither a connection nor `listen(0)` takes one in between. */
const [first, count] = [10_000, 20_000];
const mostTries = 100;

/** A port of loopback that nobody has now, by chance: two that ask at a time get two. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < mostTries; tries++) {
    const port = first + Math.floor(Math.random() * count);
    if (await isFree(port)) return port;
  }
  throw new Error(`${mostTries} ports from ${first} on are taken`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
