// How long the places that a killed worker held stay taken: 30 requests are held by two workers, one of them is killed, and the
// sum of what is active is asked for until it is what the clients still have.
// Usage: node bench/killed-worker.ts [kills]   (40 unless told)
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { startGateway } from "../test/e2e/gateway-nginx.ts";
import { route, service, targetsAt } from "../test/e2e/gateway-objects.ts";
import { httpOrigin } from "../test/e2e/gateway-origins.ts";
import { waitFor } from "../test/lab/wait-for.ts";
import { median } from "./rig.ts";

const kills = Number(process.argv[2] ?? 40);
const held = 30;
const breaker = { windowMs: 10_000, leastRequests: 10, cooldownMs: 600, probes: 2, active: 100 };
const timeouts = { connectMs: 1_000, sendMs: 60_000, readMs: 60_000 };

const origin = await httpOrigin((_, response) => response.socket?.on("error", () => {}));
const objects = { ...service("app", targetsAt(origin.port), { breaker, timeouts }), ...route("app") };
const gateway = await startGateway({ objects });
const active = async () => (await gateway.state()).breakers?.[0]?.active;

async function hold(): Promise<Socket> {
  const socket = connect(gateway.httpPort, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
  return socket;
}

/** Undefined: the worker had none of the requests. */
async function killOne(index: number): Promise<number | undefined> {
  const { workers } = await gateway.state();
  const sockets: Socket[] = [];
  for (let i = 0; i < held; i++) sockets.push(await hold());
  let ended = 0;
  for (const socket of sockets) socket.on("close", () => ended++);
  await waitFor(async () => (await active()) === held, { what: "all to be active" });
  const began = performance.now();
  process.kill(workers[index % workers.length]!.pid, "SIGKILL");
  const isRight = async () => (await active()) === held - ended && performance.now() - began > 10;
  await waitFor(isRight, { what: "the places to be free", intervalMs: 5 });
  const ms = performance.now() - began;
  const hadSome = ended > 0;
  for (const socket of sockets) socket.destroy();
  await waitFor(async () => (await active()) === 0, { what: "all places to be free" });
  return hadSome ? ms : undefined;
}

const times: number[] = [];
for (let index = 0; times.length < kills && index < kills * 3; index++) {
  const ms = await killOne(index);
  if (ms !== undefined) times.push(ms);
}
await gateway.stop();
origin.close();
console.log(`killed_worker_places_free_median ${median(times).toFixed(0)} ms`);
console.log(`killed_worker_places_free_longest ${Math.max(...times).toFixed(0)} ms`);
