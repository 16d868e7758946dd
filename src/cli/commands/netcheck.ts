// portway netcheck: what stands between this machine and the others.
import { systemClock } from "../../lib/clock.ts";
import { exec } from "../../lib/exec.ts";
import type { Door } from "../../lib/http.ts";
import { controlDoors, readIdentity } from "../../lib/identity.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { askAgent } from "../netcheck/agent.ts";
import { controlFindings } from "../netcheck/control.ts";
import { alike, type Finding, finding, type State } from "../netcheck/finding.ts";
import { natFinding, udpFinding } from "../netcheck/line.ts";
import { ipv6Finding, kernelFinding, portsFinding, portsOfLinks, programsFinding } from "../netcheck/machine.ts";
import { mtuFinding } from "../netcheck/mtu.ts";

export const command: CommandWork = {
  about:
    "Looks from this machine, and asks its agent what relays see of it: whether UDP gets out, the kind of NAT, IPv6, the largest packet to each relay, control and its clock, ports, kernel and programs. On a machine that has not joined it looks at what it has. Exit status 1: something is bad.",
  options: [{ flags: "--control <url>", text: "before joining: where control is, https://NAME:7443" }],
  examples: ["sudo portway netcheck", "sudo portway netcheck --json"],
  run: async (context, _words, options) => {
    const findings = await findAll(context, options["control"] as string | undefined);
    const isWell = findings.every(({ state }) => state !== "bad");
    context.answer({ ok: isWell, findings }, () => show(context, findings));
    return isWell ? 0 : 1;
  },
};

async function findAll({ paths, env }: Context, url: string | undefined): Promise<readonly Finding[]> {
  const path = env["PATH"] ?? "";
  const identity = readIdentity(paths.identity);
  const doors =
    identity &&
    controlDoors(identity).map((door, at) => ({ url: identity.controlUrls[at]!, door: withoutClient(door) }));
  const view = await askAgent(systemClock);
  const relays = view?.relays ?? [];
  const own = [...new Set(view?.planes.map(({ port }) => port).filter((port) => port > 0) ?? portsOfLinks())];
  const ipv6Relays = relays.flatMap(({ endpoint = "" }) => {
    const host = parseEndpoint(endpoint, 0)?.host ?? "";
    return host.includes(":") ? [host] : [];
  });
  const silent = silentAgent(identity !== undefined);
  return [
    ...(view ? [udpFinding(view), natFinding(view)] : [silent("udp"), silent("nat")]),
    ...(await Promise.all([ipv6Finding(ipv6Relays), mtuFinding(exec, relays)])),
    ...(await controlFindings(url === undefined ? doors : [{ url, door: doorTo(url) }], systemClock)),
    ...(await Promise.all([portsFinding(own), kernelFinding(exec, path)])),
    programsFinding(path),
  ];
}

/** Control answers what is public whoever asks. */
const withoutClient = ({ cert: _, key: __, ...door }: Door): Door => door;

/** What is asked is no secret and is not believed: the authority is checked when a host joins. */
function doorTo(url: string): Door {
  if (!URL.canParse(url) || new URL(url).protocol !== "https:")
    throw new AppError("usage", `not a control URL: ${url}`, { hint: "it reads https://NAME:7443" });
  return { url, trustAnyone: true };
}

const silentAgent = (hasJoined: boolean) => (check: string) =>
  hasJoined
    ? finding(check, "bad", "this host's agent does not answer", {
        hint: "systemctl status portway-agent; portway logs",
      })
    : finding(check, "unknown", "this host has not joined, so that no relay tells", {
        hint: "portway join TOKEN, then ask again",
      });

function show({ table, print, colour }: Context, findings: readonly Finding[]): void {
  const paint: Readonly<Record<State, (text: string) => string>> = {
    good: colour.good,
    warning: colour.warn,
    bad: colour.bad,
    unknown: colour.dim,
  };
  table(alike(findings).map(({ checks, state, text }) => [checks.join(", "), paint[state](state), text]));
  for (const hint of new Set(findings.flatMap((one) => one.hint ?? []))) {
    const checks = findings.filter((one) => one.hint === hint).map(({ check }) => check);
    print(`  ${checks.join(", ")}: ${hint}`);
  }
}
