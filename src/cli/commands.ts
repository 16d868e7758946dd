// The table of commands: a new one is one file under commands/ and one line here.
import type { Entry } from "./command.ts";

type Row = readonly [summary: string, load: Entry["load"]];

/** Commands by name, in the order of `portway help`; a file is loaded when its command is asked for. */
export const commands: Readonly<Record<string, Entry>> = {
  ...under("Network and machines", {
    init: ["write a first portway.yaml", () => import("./commands/init.ts")],
    up: ["start Portway on the host that runs control", () => import("./commands/up.ts")],
    token: ["make, list and revoke the tokens that let hosts join", () => import("./commands/token.ts")],
    join: ["join this machine to a network", () => import("./commands/join.ts")],
    approve: ["let in a host that waits for approval", () => import("./commands/approve.ts")],
    reject: ["turn away a host that waits for approval", () => import("./commands/reject.ts")],
    leave: [
      "take this machine out of its network and remove what Portway made on it",
      () => import("./commands/leave.ts"),
    ],
    down: ["stop Portway on the host that runs control", () => import("./commands/down.ts")],
  }),
  ...under("The file", {
    validate: ["check the file", () => import("./commands/validate.ts")],
    fmt: ["rewrite the file in its usual form", () => import("./commands/fmt.ts")],
    schema: ["print the JSON Schema of the file, for editors", () => import("./commands/schema.ts")],
    plan: ["show what applying the file would change", () => import("./commands/plan.ts")],
    apply: ["show the plan, ask, and apply the file", () => import("./commands/apply.ts")],
    route: ["explain which route a request takes", () => import("./commands/route.ts")],
    expose: ["add a service and a public route for it to the file", () => import("./commands/expose.ts")],
  }),
  ...under("What runs", {
    status: ["show hosts, tunnels, edges and warnings on one screen", () => import("./commands/status.ts")],
    hosts: ["list, show and remove hosts", () => import("./commands/hosts.ts")],
    inventory: ["export and import what is known of hosts", () => import("./commands/inventory.ts")],
    can: ["tell whether one host may reach another, and by which way", () => import("./commands/can.ts")],
    trace: ["prove with a packet whether one host reaches another", () => import("./commands/trace.ts")],
    rotate: ["renew WireGuard keys of hosts without a lost packet", () => import("./commands/rotate.ts")],
    routes: ["list the public routes in force", () => import("./commands/routes.ts")],
    drain: ["take routes, services or hosts out of use in order", () => import("./commands/drain.ts")],
    undrain: ["serve again what was drained", () => import("./commands/undrain.ts")],
    ping: ["measure each path from one host to another", () => import("./commands/ping.ts")],
    netcheck: ["find out what stands between this machine and the others", () => import("./commands/netcheck.ts")],
    tune: ["show and change settings of this machine that matter", () => import("./commands/tune.ts")],
    speed: ["measure what two hosts can send each other", () => import("./commands/speed.ts")],
    top: ["show requests, errors and times by route and service, live", () => import("./commands/top.ts")],
    why: ["tell what was decided on a request, by its id", () => import("./commands/why.ts")],
    events: ["follow what happens, as it happens", () => import("./commands/events.ts")],
    logs: ["show what the programs on this machine log", () => import("./commands/logs.ts")],
    debug: ["pack what explains a problem on this machine, without secrets", () => import("./commands/debug.ts")],
    audit: ["show and verify the audit chain", () => import("./commands/audit.ts")],
  }),
  ...under("Portway itself", {
    version: ["print the version of Portway and of the Node that runs it", () => import("./commands/version.ts")],
    completion: ["print a completion script for a shell", () => import("./commands/completion.ts")],
  }),
  ...under(undefined, {
    control: ["run control in the foreground", () => import("./commands/control.ts")],
    agent: ["run the agent in the foreground", () => import("./commands/agent.ts")],
    edge: ["run the edge in the foreground", () => import("./commands/edge.ts")],
  }),
};

function under(group: string | undefined, rows: Readonly<Record<string, Row>>): Record<string, Entry> {
  const entry = ([summary, load]: Row): Entry => ({ summary, load, ...(group !== undefined && { group }) });
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, entry(row)]));
}
