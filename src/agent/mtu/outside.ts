// What the line below a tunnel carries unfragmented: ICMP echoes with "don't fragment" set, to where WireGuard's packets go.
// Inside the tunnel this cannot be seen: WireGuard in the kernel lets its packets be fragmented on the way. Where nothing
// answers an echo, only what routers tell counts.
import { readFileSync } from "node:fs";
import type { Exec } from "../../lib/exec.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import { outerBytes } from "../../net/mtu.ts";
import { familyOf, ownMark } from "../overlay/model.ts";
import { type Answers, runSearch } from "./search.ts";

export interface Outside {
  /** MTU of the interface by which packets to that endpoint leave; undefined: there is no way to it. */
  readonly deviceMtu: (endpoint: string) => Promise<number | undefined>;
  /** The largest of those inner sizes whose packets get there whole; undefined: nobody tells. */
  readonly measure: (endpoint: string, sizes: readonly number[], linkMtu: number) => Promise<number | undefined>;
}

const patienceSeconds = 1;

/** `readDevice` gives an interface's MTU as the kernel prints it; `isTunneled`: other packets go by the tunnel itself. */
export function createOutside(exec: Exec, readDevice = readDeviceMtu, isTunneled = () => false): Outside {
  return {
    async deviceMtu(endpoint) {
      const mark = isTunneled() ? ["mark", `${ownMark}`] : [];
      const ran = await exec("ip", ["-json", "route", "get", addressOf(endpoint), ...mark]);
      if (ran.code !== 0) return undefined;
      const [route] = JSON.parse(ran.stdout) as { readonly dev?: string }[];
      return route?.dev === undefined ? undefined : readDevice(route.dev);
    },
    async measure(endpoint, sizes, linkMtu) {
      const address = addressOf(endpoint);
      const outerOf = (size: number) => outerBytes(size, linkMtu, familyOf(address));
      const toldBy: number[] = [];
      const found = await runSearch(sizes, async (asked): Promise<Answers> => {
        const echoes = await Promise.all(asked.map((size) => echo(exec, address, outerOf(size), isTunneled())));
        const told = echoes.flatMap((one) => sizes.findLast((size) => outerOf(size) <= (one.told ?? 0)) ?? []);
        toldBy.push(...told);
        return {
          passed: asked.filter((_, index) => echoes[index]!.answered),
          ...(told.length > 0 && { told: Math.min(...told) }),
        };
      });
      return found ?? (toldBy.length > 0 ? Math.min(...toldBy) : undefined);
    },
  };
}

interface Echo {
  readonly answered: boolean;
  /** The MTU that a router, or this host's own interface, told of. */
  readonly told?: number;
}

/** One echo, of so many bytes with all headers. What a router told less than ten minutes ago the kernel tells itself. */
async function echo(exec: Exec, address: string, bytes: number, isMarked: boolean): Promise<Echo> {
  const payload = bytes - (familyOf(address) === 4 ? 28 : 48);
  const how = [
    "-n",
    "-c",
    "1",
    "-W",
    `${patienceSeconds}`,
    "-M",
    "do",
    "-s",
    `${payload}`,
    ...(isMarked ? ["-m", `${ownMark}`] : []),
  ];
  const ran = await exec("ping", [...how, address], { timeoutMs: 3_000 });
  return { answered: ran.code === 0, ...toldMtu(`${ran.stdout}\n${ran.stderr}`) };
}

/** In what `ping` prints of "fragmentation needed", "packet too big" and "message too long". */
function toldMtu(text: string): { readonly told?: number } {
  const told = Math.min(...[...text.matchAll(/\bmtu ?[=:] ?(\d+)/gi)].map(([, mtu]) => Number(mtu)));
  return Number.isFinite(told) ? { told } : {};
}

const addressOf = (endpoint: string) => parseEndpoint(endpoint, 0)?.host ?? endpoint;

function readDeviceMtu(device: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/class/net/${device}/mtu`, "utf8"));
  } catch {
    return undefined; // it went meanwhile
  }
}
