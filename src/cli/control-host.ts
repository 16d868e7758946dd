// How the host that runs control comes up: control, the file, this host's own membership, its agent, its edge.
import { X509Certificate } from "node:crypto";
import { fingerprintOfCertificate } from "../lib/fingerprint.ts";
import { type Identity, readIdentity, writeIdentity } from "../lib/identity.ts";
import type { Spec } from "../spec/types.ts";
import type { ApplyAnswer, AuthorityAnswer, SpecDocument, TokenCreated } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import type { HostDetail, HostsAnswer } from "../wire/hosts.ts";
import type { Plan } from "../wire/plan.ts";
import { decodeToken, encodeToken } from "../wire/token.ts";
import type { Context } from "./context.ts";
import type { Keeper } from "./keeper.ts";
import { waitFor } from "./wait.ts";

export interface ControlHost {
  /** This host's name in the file. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly spec: Spec;
  /** `https://name:7443`, as the other hosts reach control. */
  readonly url: string;
  /** Address and port that control listens on. */
  readonly listen: string;
  readonly localUrl: string;
}

/** Does it all, in an order in which each step needs only those before it; every step may have been done already. */
export async function bringUp(context: Context, keeper: Keeper, host: ControlHost): Promise<void> {
  await startControl(context, keeper, host);
  await applyFirst(context, host);
  await enrol(context, keeper, host);
  await startHostPrograms(context, keeper, host);
}

async function startControl(context: Context, keeper: Keeper, host: ControlHost): Promise<void> {
  const { firstEnd } = await keeper.keep({
    name: "control",
    words: ["--listen", host.listen, "--advertise", host.url],
  });
  const api = context.api();
  const look = () => api.call("authority").catch(unlessRunning);
  await waitFor(context, { program: "control", what: "control's first answer", firstEnd, look });
  context.print(`control runs: ${host.url}`);
}

/** Nothing while control does not answer yet; other errors are real ones. */
function unlessRunning(error: unknown): undefined {
  if (error instanceof AppError && error.code === "notRunning") return undefined;
  throw error;
}

/** The file goes into an empty registry; into one that has a file only `apply` puts another. */
async function applyFirst(context: Context, { file, text }: ControlHost): Promise<void> {
  const api = context.api();
  const inForce = await api.call<SpecDocument>("specGet");
  if (inForce.revision === 0) {
    const plan = await api.call<Plan>("specPlan", { body: { text } });
    const body = { text, expectedRevision: plan.baseRevision };
    const { revision } = await api.call<ApplyAnswer>("specApply", { body });
    return context.print(`${file} is applied as revision ${revision}`);
  }
  if (inForce.text === text) return context.print(`${file} is in force (revision ${inForce.revision})`);
  context.note(`${file} differs from what is in force: \`portway plan\` shows how, \`portway apply\` applies it`);
}

/** Makes this host a member by a token that is made for it here, unless it is one; anew where control has forgotten it. */
async function enrol(context: Context, keeper: Keeper, { name, localUrl }: ControlHost): Promise<void> {
  const api = context.api();
  const { hosts } = await api.call<HostsAnswer>("hostsList");
  const joined = hosts.find((one) => one.name === name)?.joined === true;
  const identity = readIdentity(context.paths.identity);
  const hasEnded = identity !== undefined && new X509Certificate(identity.certificatePem).validToDate < new Date();
  const anew = identity !== undefined && (!joined || hasEnded) && (await wasMember(context, identity, name));
  if (identity !== undefined && !anew) return demandSame(context, identity, name, joined);
  if (joined && !anew) {
    throw new AppError("hostNameTaken", `a host named ${name} has joined, and it is not this machine`, {
      hint: `give this machine's own name with --host, or first run: portway hosts remove ${name}`,
    });
  }
  const made = await api.call<TokenCreated>("tokenCreate", {
    body: { kind: "join", host: name, expiresInMs: 600_000 },
  });
  const token = encodeToken({ ...decodeToken(made.token), urls: [localUrl] });
  const { join } = await import("../agent/main.ts");
  const { paths } = context;
  const { waiting = false } = await join({ token, name, paths, anew });
  if (waiting) await api.call("hostApprove", { path: { name } }); // who may run this may approve
  preferLocal(paths.identity, localUrl);
  await keeper.handOver();
  const why = hasEnded ? `the certificate of ${name} had ended` : `control had removed ${name}`;
  context.print(anew ? `${why}: it has joined anew` : `this host has joined as ${name}`);
}

/** This very control once let this machine in by that name. */
async function wasMember(context: Context, identity: Identity, name: string): Promise<boolean> {
  const { fingerprint } = await context.api().call<AuthorityAnswer>("authority");
  return identity.name === name && fingerprintOfCertificate(identity.caPem) === fingerprint;
}

function demandSame(context: Context, identity: Identity, name: string, joined: boolean): void {
  if (identity.name === name && joined) {
    context.print(`this host is ${name}`);
    return;
  }
  throw new AppError(
    "usage",
    identity.name === name
      ? `this host joined another control as ${name}, not the one that runs here`
      : `this host is ${identity.name}, not ${name}`,
    { hint: `take it out and begin anew (portway down --purge)${joined ? `, or give --host ${identity.name}` : ""}` },
  );
}

/** The way to control on the same machine comes first: a public name may not lead back to it from inside. */
function preferLocal(folder: string, localUrl: string): void {
  const identity = readIdentity(folder)!;
  const others = identity.controlUrls.filter((url) => url !== localUrl);
  writeIdentity(folder, { ...identity, controlUrls: [localUrl, ...others] });
}

async function startHostPrograms(context: Context, keeper: Keeper, { name, spec }: ControlHost): Promise<void> {
  const api = context.api();
  const look = () => api.call<HostDetail>("hostGet", { path: { name } });
  const agent = await keeper.keep({ name: "agent", words: [] });
  const running = await waitFor(context, {
    program: "agent",
    what: "the agent's first status",
    firstEnd: agent.firstEnd,
    look: async () => (await look()).agent,
  });
  context.print(`the agent runs: WireGuard ${running.wireguard === "kernel" ? "in the kernel" : "by wireguard-go"}`);
  if (!spec.hosts[name]!.roles.includes("edge")) return;
  const edge = await keeper.keep({ name: "edge", words: [] });
  const { nginx } = await waitFor(context, {
    program: "edge",
    what: "nginx, which the edge starts",
    firstEnd: edge.firstEnd,
    look: async () => {
      const status = (await look()).edge;
      return status?.nginx.running || status?.nginx.configError !== undefined ? status : undefined;
    },
  });
  if (nginx.configError === undefined) context.print(`the edge runs: nginx with ${nginx.workers} workers`);
  else {
    context.note(`nginx does not run: ${nginx.configError}`);
    context.note("  `sudo portway status` says what to do; public requests fail until then");
  }
}
