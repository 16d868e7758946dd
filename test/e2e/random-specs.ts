// Files at random, in force on a small lab, and what `can` answers against what packets do (`trace`), for triples at random of a
// host, a host or an address, and a port.
//
//   internet ──┬── hub (control) ──┬── gateway "home" ── api
//              ├── site            ├── gateway "cafe" ── cli
//              │                   └── gateway "office" ── db ──┐
//              └── vps ────────────────────────────── floor ────┴── printer      192.168.50.0/24, behind db and vps
//
// Each behind a NAT of its own that is easy, so that whoever may has a direct way: a NAT that two hosts share is a hard one to
// the second, which `can` does not know of a host.
import fc from "fast-check";
import { connectApi } from "../../src/cli/api.ts";
import type { ApplyAnswer, StatusAnswer } from "../../src/wire/api.ts";
import type { CanAnswer } from "../../src/wire/can.ts";
import { AppError } from "../../src/wire/errors.ts";
import type { Plan } from "../../src/wire/plan.ts";
import type { TraceAnswer } from "../../src/wire/trace.ts";
import { createLab, type Lab } from "../lab/lab.ts";
import { openSegment } from "../lab/segment.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";

const names = ["hub", "vps", "api", "cli", "db"] as const;
const floor = "192.168.50.0/24";
const tags = ["x", "y"];

/** A host, a host or an address, and the protocol with its port. */
export interface Triple {
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: number;
}

export interface Disagreement {
  readonly number: number;
  readonly text: string;
  readonly triple: Triple;
  readonly can: CanAnswer;
  readonly trace: TraceAnswer | string;
}

export interface RandomLab {
  /** Puts the `number`th file of the seed in force and asks for some triples, as many open as closed where there are. */
  readonly tryFile: (number: number) => Promise<{
    readonly traced: number;
    readonly open: number;
    readonly disagreements: readonly Disagreement[];
  }>;
  readonly lab: Lab;
  readonly close: () => Promise<void>;
}

export async function openRandomLab(seed: number): Promise<RandomLab> {
  const lab = createLab();
  try {
    return await build(lab, seed);
  } catch (error) {
    await lab.close();
    throw new Error(`${(error as Error).message}\n${lab.logTails(20)}`, { cause: error });
  }
}

async function build(lab: Lab, seed: number): Promise<RandomLab> {
  const internet = await lab.internet();
  const [home, cafe, office] = await Promise.all(
    ["home", "cafe", "office"].map((name) => lab.nat(name, { kind: "easy" })),
  );
  const [hub, vps, site, api, cli, db] = await Promise.all([
    lab.host("hub", { on: internet, names: ["hub.example.com"] }),
    lab.host("vps", { on: internet, names: ["vps.example.com"] }),
    lab.host("site", { on: internet }),
    lab.host("api", { on: home! }),
    lab.host("cli", { on: cafe! }),
    lab.host("db", { on: office! }),
  ]);
  const lan = await openSegment("floor", db!, { ipv4: "192.168.50" });
  await db!.ip([`link add leg type veth peer name lan netns ${vps!.pid}`, "link set leg master lan up"]);
  await vps!.ip(["addr add 192.168.50.2/24 dev lan", "link set lan up"]);
  const printer = await lab.host("printer", { on: lan });
  hub!.start(["portway", "control", "--advertise", "https://hub.example.com:7443"]);
  const control = connectApi({
    kind: "socket",
    path: `/proc/${hub!.pid}/root/run/portway/control.sock`,
    hint: () => "",
  });
  const status = () => control.call<StatusAnswer>("status");
  await waitFor(status, { what: "control to answer" });
  const apply = async (text: string) => {
    const { baseRevision, changes } = await control.call<Plan>("specPlan", { body: { text } });
    if (changes.length === 0) return;
    await control.call<ApplyAnswer>("specApply", { body: { text, expectedRevision: baseRevision } });
  };
  await apply(fileOf({ hosts: {}, access: [] }));
  for (const host of [hub, vps, api, cli, db]) {
    await enrol(hub!, host!);
    host!.start(["portway", "agent"]);
  }
  const everyoneIsThere = async () => (await status()).hosts.every(({ agent }) => agent !== undefined);
  await waitFor(everyoneIsThere, { what: "all agents", timeoutMs: 60_000 });

  const { ipv4, ipv6 } = site!.addresses;
  const beyond = [printer.addresses.ipv4, "192.168.50.1", "192.168.50.99", ipv4, ipv6!, "198.51.100.1", "10.9.9.9"];
  const own = (await status()).hosts.map((host) => host.ipv6);
  const triples = tripleOf([...names, ...own, ...beyond]);
  const can = ({ ...query }: Triple) => control.call<CanAnswer>("can", { query });
  /** A removal of most peers of a host is held until somebody says yes. */
  const confirm = async () => {
    for (const { name, agent } of (await status()).hosts)
      if (agent?.held) await control.call("hostConfirm", { path: { name } }).catch(() => {}); // it was confirmed meanwhile
  };

  const compare = async (number: number, text: string, triple: Triple): Promise<Disagreement | undefined> => {
    let last: Disagreement | undefined;
    const agree = async () => {
      const answer = await can(triple);
      const { ...query } = triple;
      const trace = await control.call<TraceAnswer>("trace", { query }).catch((error: AppError) => error.message);
      last = { number, text, triple, can: answer, trace };
      if (typeof trace === "string") return false;
      if (trace.reached === isOpen(answer) && trace.allowed === answer.allowed) return true;
      await confirm();
      return false;
    };
    const isAgreed = waitFor(agree, { what: "agreement", timeoutMs: 60_000, intervalMs: 250 });
    return isAgreed.then(
      () => undefined,
      () => last,
    );
  };

  return {
    lab,
    async tryFile(number) {
      const text = fileOf(sampleOf(file([`${ipv4}/32`, `${ipv6}/128`]), 1, seed + number)[0]!);
      try {
        await apply(text);
      } catch (error) {
        if (error instanceof AppError && error.code === "invalidSpec") return { traced: 0, open: 0, disagreements: [] };
        throw error;
      }
      const chosen: Triple[] = [];
      let open = 0;
      for (const triple of sampleOf(triples, 100, seed + number)) {
        const answer = await can(triple);
        if (answer.from === answer.to || answer.steps[0]!.text.endsWith("without the network")) continue;
        const isOne = isOpen(answer);
        const room = isOne ? open < 3 : chosen.length - open < 2;
        if (!room) continue;
        if (isOne) open++;
        chosen.push(triple);
      }
      const found: Disagreement[] = [];
      for (const triple of chosen) {
        const one = await compare(number, text, triple);
        if (one) found.push(one);
      }
      return { traced: chosen.length, open, disagreements: found };
    },
    close: () => lab.close(),
  };
}

const isOpen = ({ allowed, steps }: CanAnswer) => allowed && steps.every(({ ok }) => ok);

const sampleOf = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number) =>
  fc.sample(arbitrary, { numRuns: count, seed });

const openings = [
  { protocol: "tcp", port: 22 },
  { protocol: "tcp", port: 80 },
  { protocol: "udp", port: 53 },
] as const;

function tripleOf(ends: readonly string[]): fc.Arbitrary<Triple> {
  const opening = fc.constantFrom(...openings, { protocol: "icmp" } as const);
  return fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...ends), opening }).map((drawn) => {
    return { from: drawn.from, to: drawn.to, ...drawn.opening };
  });
}

interface File {
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly access: readonly Readonly<Record<string, unknown>>[];
}

/** JSON is YAML. */
function fileOf({ hosts, access }: File): string {
  const at = (name: string, more: Readonly<Record<string, unknown>>) => ({
    ...(["hub", "vps"].includes(name) && { endpoint: `${name}.example.com:51820` }),
    ...more,
  });
  const all = Object.fromEntries(names.map((name) => [name, at(name, hosts[name] ?? {})]));
  return JSON.stringify({ version: 1, network: { name: "acme", ipv4: "10.77.0.0/16" }, hosts: all, access });
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>, frequency = 2) =>
  fc.option(arbitrary, { nil: undefined, freq: frequency });

const person = (name: string, isHub: boolean) =>
  fc.record({
    roles: isHub ? fc.subarray(["relay"]) : fc.constant([]),
    tags: fc.subarray(tags),
    exit: isHub ? maybe(fc.constantFrom(true, { ipv6: false }, { ipv4: false })) : fc.constant(undefined),
    routes: ["db", "vps"].includes(name) ? maybe(fc.constant([floor])) : fc.constant(undefined),
  });

const tunnel = (site: readonly string[]) =>
  fc.oneof(fc.constant("full" as const), fc.constant({ only: site }), fc.constant({ except: [site[0]!] }));

function rule(canRoute: boolean, canLeave: boolean) {
  const selector = fc.constantFrom("all", ...names, ...tags.map((tag) => `tag:${tag}`));
  const beyond = [...(canRoute ? [floor, "192.168.50.10"] : []), ...(canLeave ? ["internet"] : [])];
  const target = beyond.length === 0 ? selector : fc.oneof(selector, selector, fc.constantFrom(...beyond));
  const allowance = fc.constantFrom("any", "icmp", "tcp/22", "tcp/80", "tcp/20-90", "udp/1-99", "udp/53");
  const list = <T>(arbitrary: fc.Arbitrary<T>) => fc.uniqueArray(arbitrary, { minLength: 1, maxLength: 2 });
  return fc.record({
    from: list(selector),
    to: list(target),
    allow: list(allowance),
    relay: maybe(fc.constant("never" as const), 6),
  });
}

/** JSON leaves out what is undefined. */
function file(site: readonly string[]): fc.Arbitrary<File> {
  const people = fc.record({
    hub: person("hub", true),
    vps: person("vps", true),
    api: person("api", false),
    cli: person("cli", false),
    db: person("db", false),
  });
  return people.chain((hosts) => {
    const all = Object.values(hosts);
    const [canRoute, canLeave] = [all.some(({ routes }) => routes), all.some(({ exit }) => exit !== undefined)];
    const tunneled = canLeave ? fc.subarray(["api", "cli", "db"] as const) : fc.constant([]);
    return fc
      .record({
        tunneled,
        how: tunnel(site),
        access: fc.array(rule(canRoute, canLeave), { minLength: 1, maxLength: 5 }),
      })
      .map(
        ({ tunneled, how, access }): File => ({
          hosts: Object.fromEntries(
            Object.entries(hosts).map(([name, host]) => {
              const isOne = (tunneled as readonly string[]).includes(name);
              return [name, { ...host, ...(isOne && { tunnel: how }) }];
            }),
          ),
          access,
        }),
      );
  });
}
