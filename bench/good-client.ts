// Asks now and then, over kept connections, until SIGTERM; then prints what each request took, ms, as JSON. A program of its
// own, so that nothing but the gateway and the machine makes a request late. A request that fails is null.
// Usage: node bench/good-client.ts PORT LOCAL-ADDRESS HOST EVERY-MS
import { Agent, request } from "node:http";

const [port, localAddress, host, everyMs] = process.argv.slice(2) as [string, string, string, string];
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const times: (number | null)[] = [];

setInterval(() => {
  const start = performance.now();
  const fail = () => times.push(null);
  request({ port, host: "127.0.0.1", localAddress, agent, headers: { host } }, (reply) => {
    reply.resume().on("end", () => (reply.statusCode === 200 ? times.push(performance.now() - start) : fail()));
  })
    .on("error", fail)
    .end();
}, Number(everyMs));

process.once("SIGTERM", () => {
  process.stdout.write(JSON.stringify(times), () => process.exit(0));
});
