// The demo's network, set up with the commands of the README.
import type { Host } from "../lab/lab.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import type { Hosts } from "./main.ts";
import { firstFile } from "./spec.ts";
import type { Stage } from "./stage.ts";
import type { Tokens } from "./tokens.ts";

/** Where the client keeps what it trusts. */
export const caFile = "/run/root/api.example.com.pem";

export async function setUpEdge(stage: Stage, { edge }: Hosts, tokens: Tokens): Promise<LabProcess> {
  stage.chapter("On the VPS: one file, one command");
  await stage.run(edge, [
    "portway",
    "init",
    "--network",
    "acme",
    "--host",
    "edge-1",
    "--endpoint",
    "edge.example.com:51820",
  ]);
  stage.say("The file is edited to this:");
  await edge.writeFile("/run/root/portway.yaml", firstFile);
  await edge.writeFile("/etc/portway/jwks.json", tokens.jwks);
  await stage.run(edge, ["cat", "portway.yaml"], { maxLines: 60 });
  await stage.run(edge, ["portway", "validate"]);
  return stage.start(edge, ["portway", "up", "--foreground"], /portway is up/);
}

export async function joinAll(stage: Stage, { edge, relay2, api1, api2, db }: Hosts): Promise<void> {
  stage.chapter("On the other hosts: one token each");
  for (const host of [relay2, api1, api2, db]) {
    const token = (await stage.run(edge, ["portway", "token", "create", "--host", host.name], { quiet: true })).trim();
    stage.say(`    ${token.slice(0, 24)}…`);
    await host.writeFile("/run/root/token", token, 0o600);
    await stage.start(
      host,
      ["portway", "join", "--token-file", "token", "--name", host.name, "--foreground"],
      /has joined/,
    );
  }
  await waitFor(async () => everyoneOnline(await statusOf(edge)), {
    what: "every host to be online through its tunnel",
    timeoutMs: 30_000,
  });
  await stage.run(edge, ["portway", "status"], { expect: [0, 1] });
}

interface Status {
  readonly hosts: readonly {
    readonly name: string;
    readonly online: boolean;
    readonly ipv4: string;
    readonly edge?: { readonly revision: number };
  }[];
  readonly revision: number;
}

export async function statusOf(edge: Host): Promise<Status> {
  return JSON.parse((await edge.run(["portway", "status", "--json"], { check: false })).stdout) as Status;
}

export const everyoneOnline = (status: Status) =>
  status.hosts.length === 5 && status.hosts.every((host) => host.online);

/** The client trusts the lab's self-signed certificate, as it would a public one. */
export async function trustEdge({ edge, client }: Hosts): Promise<string> {
  const found = await edge.run([
    "sh",
    "-c",
    "openssl s_client -connect api.example.com:443 -servername api.example.com </dev/null 2>/dev/null | openssl x509",
  ]);
  await client.writeFile(caFile, found.stdout);
  return found.stdout;
}
