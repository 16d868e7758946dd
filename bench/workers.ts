// One worker and two: Portway's whole chain beside nginx as a bare proxy, alternating. With one worker, load generator and origin
// have the other processor; with two, all share both, so that processor time a request says more than requests a second.
// Usage: node bench/workers.ts [rounds] [seconds]   (5 rounds of 3 s unless told)
import { join } from "node:path";
import { freePort } from "../test/lab/free-port.ts";
import { chainObjects, makeSigner, wholeChain } from "./chain.ts";
import { bareNginxConf, upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { type Load, load, makeStand, median, printLoads, type Running } from "./rig.ts";

const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number);
const { folder, file, start, end } = makeStand("workers");
const signer = await makeSigner();
const headers = ["Host: api.example.com", `Authorization: Bearer ${signer.token}`];

/** For so many workers: where they run, and where those that load them do. */
const places = { 1: { subject: "0", others: "1" }, 2: { subject: "0,1", others: "0,1" } } as const;
type Workers = keyof typeof places;

interface Subject {
  readonly process: Running;
  readonly port: number;
}

const nginxAt = (cpus: string, conf: string, port: number) => start(cpus, ["nginx", "-c", conf], port);

async function subjectsWith(workers: Workers): Promise<Record<string, Subject>> {
  const { subject, others } = places[workers];
  const ports = { upstream: await freePort(), nginx: await freePort(), portway: await freePort() };
  const own = (name: string) => join(folder, `${name}-${workers}`);
  await nginxAt(
    others,
    file(`origin-${workers}.conf`, upstreamConf(ports.upstream, own("origin.pid"))),
    ports.upstream,
  );
  const bare = bareNginxConf({ upstream: ports.upstream, subject: ports.nginx, pidFile: own("bare.pid") });
  const bareFile = file(`bare-${workers}.conf`, bare.replace("worker_processes 1", `worker_processes ${workers}`));
  const portway = await preparePortway(own("portway"), ports.portway, undefined, workers);
  const subjects = {
    nginx: { process: await nginxAt(subject, bareFile, ports.nginx), port: ports.nginx },
    portway: { process: await nginxAt(subject, portway.conf, ports.portway), port: ports.portway },
  };
  await portway.push(chainObjects(wholeChain, ports.upstream, signer.keys));
  return subjects;
}

try {
  const found: Record<string, Load[]> = {};
  for (const workers of [1, 2] as const) {
    const subjects = await subjectsWith(workers);
    for (let round = 0; round <= rounds; round++) {
      for (const [name, { process: subject, port }] of Object.entries(subjects)) {
        const url = `http://127.0.0.1:${port}/orders/1`;
        const one = await load(places[workers].others, url, headers, round === 0 ? 1 : seconds, subject);
        if (round === 0) continue; // it warms up
        found[`${name}_workers_${workers}`] = [...(found[`${name}_workers_${workers}`] ?? []), one];
      }
    }
  }
  for (const [what, loads] of Object.entries(found)) printLoads(what, loads);
  for (const workers of [1, 2]) {
    const [portway, nginx] = [found[`portway_workers_${workers}`]!, found[`nginx_workers_${workers}`]!];
    const ratios = portway.map((one, round) => nginx[round]!.cpuMicrosPerRequest / one.cpuMicrosPerRequest);
    console.log(`gateway_over_nginx_by_cpu_workers_${workers} ${median(ratios).toFixed(3)}`);
  }
} finally {
  await end();
}
