// The command line as a person uses it, from an empty machine to a public request and back to an empty machine.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//          edge + relay    ──┬────────
//                          api-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { StatusAnswer } from "../../src/wire/api.ts";
import type { AuditVerification } from "../../src/wire/audit.ts";
import type { HostDetail } from "../../src/wire/hosts.ts";
import type { SpeedAnswer } from "../../src/wire/speed.ts";
import { startApi } from "../lab/api.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { testQuestions } from "./cli-questions.ts";
import { assertShapes } from "./json-shapes.ts";

const file = "/run/root/portway.yaml";
const publicUrl = "https://api.example.com";

const yaml = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
  api-1: { tags: [api] } # behind a NAT
access:
  - { from: [role:edge], to: [tag:api], allow: [tcp/8080] }
services:
  orders: { targets: [tag:api], port: 8080, health: { tcp: {}, every: 1s }, breaker: { errors: 100, active: 256 } }
routes:
  - { name: orders, hosts: [api.example.com], paths: [/orders/], service: orders }
tls: { selfSigned: true }
`;

suite("from init to leave", { ...needsRoot, timeout: 240_000 }, () => {
  let lab: Lab;
  let [edge, client, api] = [] as unknown as [Host, Host, Host];
  let up: LabProcess;
  let joined: LabProcess;
  let speed: SpeedAnswer;

  const portway = (host: Host, ...words: string[]) =>
    host.run(["portway", ...words], { check: false, timeoutMs: 60_000 });
  const ok = async (host: Host, ...words: string[]) => {
    const ran = await portway(host, ...words);
    assert.equal(ran.code, 0, `portway ${words.join(" ")}: ${ran.stdout}${ran.stderr}\n${lab.logTails(30)}`);
    return ran.stdout;
  };
  const said = (program: LabProcess, text: string) =>
    waitFor(
      () => {
        if (program.logText().includes(text)) return true;
        if (!program.running()) throw new Error(`it ended: ${program.logText()}`);
        return false;
      },
      { what: `"${text}" from ${program.name}: ${program.logText()}`, timeoutMs: 30_000 },
    );
  /** Waits until a command prints this: hosts report every 10 s. */
  const shows = (pattern: RegExp, ...words: string[]) => {
    const isShown = async () => {
      assert.match(await ok(edge, ...words), pattern);
      return true;
    };
    return waitFor(isShown, { what: `portway ${words.join(" ")}`, timeoutMs: 30_000 });
  };
  const status = async () => JSON.parse((await portway(edge, "status", "--json")).stdout) as StatusAnswer;
  const online = (name: string) =>
    waitFor(async () => (await status()).hosts.find((host: HostDetail) => host.name === name)?.online, {
      what: `${name} to be online through its tunnel`,
      timeoutMs: 30_000,
    });
  const ask = async (path: string) => {
    const words = ["curl", "-sk", "-m5", "-o", "/dev/null", "-w", "%{http_code}", publicUrl + path];
    return (await client.run(words, { check: false })).stdout;
  };
  const answers = (path: string, code: string) =>
    waitFor(async () => (await ask(path)) === code, { what: `${code} for ${path}` });
  /** Interfaces, firewall tables and processes that Portway made on a host. */
  const traces = async (host: Host) => {
    const links = (await host.run(["ip", "-br", "link"])).stdout.match(/^pw\S+/gm) ?? [];
    const tables = (await host.run(["nft", "list", "tables"])).stdout.match(/portway\S*/g) ?? [];
    const programs = host.processes().filter(({ command }) => /nginx:|wireguard-go|cli\/main/.test(command));
    return [...links, ...tables, ...programs.map(({ command }) => command)];
  };

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const home = await lab.nat("home", { kind: "easy" });
    [edge, client, api] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com", "api.example.com"] }),
      lab.host("client", { on: internet }),
      lab.host("api-1", { on: home }),
    ]);
    await startApi(api);
  });
  after(() => lab.close());

  test("init writes a file that is valid, and does not replace one", async () => {
    await ok(edge, "init", "--network", "acme", "--endpoint", "edge.example.com:51820");
    await ok(edge, "validate");
    assert.match(await edge.readFile(file), /edge-1: \{ roles: \[edge, relay\]/);
    assert.equal((await portway(edge, "init")).code, 2);
  });

  test("up brings the public host up from nothing", async () => {
    await edge.writeFile(file, yaml);
    up = edge.start(["portway", "up", "--foreground"], { name: "up" });
    await said(up, "portway is up");
    assert.match(up.logText(), /portway token create --host api-1/);
  });

  test("a second up is refused, and the first goes on", async () => {
    const second = await portway(edge, "up", "--foreground");
    assert.equal(second.code, 2);
    assert.match(second.stderr, /runs here already/);
    assert.ok(up.running());
  });

  test("join with a token, from behind a NAT, brings a host online", async () => {
    const token = await ok(edge, "token", "create", "--host", "api-1");
    await api.writeFile("/run/root/token", token, 0o600);
    joined = api.start(["portway", "join", "--token-file", "token", "--foreground"], { name: "join" });
    await said(joined, "api-1 has joined acme");
    await online("api-1");
    await online("edge-1");
  });

  test("a token is good for one host", async () => {
    const tokens = JSON.parse(await ok(edge, "token", "list", "--json"));
    const used = tokens.tokens.find((token: { host?: string }) => token.host === "api-1");
    assert.deepEqual([used.state, used.usedBy], ["used", "api-1"]);
  });

  test("a public request goes through the tunnel", async () => {
    await answers("/orders/1", "200");
    assert.equal(await ask("/nothing"), "404");
  });

  testQuestions(() => ({ edge, client, api, portway, ok, ask, publicUrl, onSpeed: (answer) => (speed = answer) }));

  test("plan tells of a change with exit status 2, apply makes it", async () => {
    await edge.writeFile(
      file,
      yaml.replace("tls:", "  - { name: all, hosts: [api.example.com], service: orders }\ntls:"),
    );
    const planned = await portway(edge, "plan");
    assert.equal(planned.code, 2, planned.stderr);
    assert.match(planned.stdout, /\+ route all/);
    const refused = await portway(edge, "apply");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--yes/);
    await ok(edge, "apply", "--yes");
    await answers("/nothing", "200");
    assert.equal((await portway(edge, "plan")).code, 0);
  });

  test("expose adds a route to the file, keeps its comments, and applies it", async () => {
    await ok(edge, "expose", "api-1:8080", "--host", "other.example.com", "--apply", "--yes");
    const text = await edge.readFile(file);
    assert.match(text, /api-1: \{ tags: \[api\] \} # behind a NAT/);
    assert.match(await ok(edge, "routes"), /other\.example\.com/);
  });

  test("status, hosts, events, logs and audit tell what is and what was", async () => {
    await shows(/api-1 +10\.77\.\d+\.\d+ +yes +direct to edge-1/, "status");
    await shows(/PEER +STATE/, "hosts", "show", "api-1");
    await shows(/KEY +GENERATION +IN USE SINCE +DUE\s+pw0 +1 +\d+ \S+ ago +-/, "status", "api-1");
    await shows(/agent +connected to control/, "logs", "agent");
    await shows(/host\.join +api-1/, "audit");
    await shows(/whole/, "audit", "verify");
    const { head } = JSON.parse(await ok(edge, "audit", "verify", "--json")) as AuditVerification;
    await shows(/passes through the head that was kept/, "audit", "verify", "--head", head);
    const foreign = await portway(edge, "audit", "verify", "--head", "0".repeat(64));
    assert.deepEqual([foreign.code, /no entry has the hash/.test(foreign.stdout)], [1, true]);
    const events = edge.start(["portway", "events", "--follow"], { name: "events" });
    await waitFor(
      async () => {
        await portway(edge, "token", "create");
        return events.logText().includes("token.create");
      },
      { what: "an event" },
    );
    await events.stop();
  });

  test("--json answers have the keys and types that scripts rely on", async () => {
    const other = "/run/root/other.yaml";
    await edge.writeFile(other, `${yaml}stray: 1\n`);
    const json = async (...words: string[]) => {
      const { stdout, stderr } = await portway(edge, ...words, "--json");
      assert.notEqual(stdout, "", `portway ${words.join(" ")}: ${stderr}`);
      return [words.join(" "), JSON.parse(stdout)] as const;
    };
    const invalid = await json("validate", other);
    const changed = yaml.replace("tcp/8080", "tcp/8081").replace("port: 8080", "port: 8081");
    await edge.writeFile(other, changed.replace("access:", "  api-2: { tags: [api] }\naccess:"));
    const drains = [await json("drain", "service:orders", "--deadline", "1h"), await json("undrain", "orders")];
    await ok(edge, "drain", "service:orders", "--wait");
    const words = ["status", "hosts", "hosts show api-1", "hosts show edge-1", "routes", `plan ${other}`];
    words.push(
      "ping edge-1 api-1",
      "token create --tag api",
      "token list",
      "audit",
      "audit verify",
      "version",
      "validate",
      "drain --list",
    );
    const commands = words.map((line) => line.split(" "));
    const look = async () => {
      const answers = [invalid, ...drains, ["speed edge-1 api-1", speed] as const];
      for (const command of commands) answers.push(await json(...command));
      assertShapes(Object.fromEntries(answers.map(([name, answer]) => [name.replaceAll("/run/root/", ""), answer])));
      return true;
    };
    const found = waitFor(look, { what: "answers of these shapes", timeoutMs: 40_000, intervalMs: 1000 }); // hosts measure bit by bit
    await found.finally(() => ok(edge, "undrain", "orders"));
  });

  test("a program that is killed is started again", async () => {
    const agentOf = () => edge.processes().find(({ command }) => /main\.ts agent/.test(command))?.pid;
    const first = agentOf()!;
    process.kill(first, "SIGKILL");
    await said(up, "agent ended by SIGKILL");
    await waitFor(() => agentOf() !== undefined && agentOf() !== first, { what: "another agent" });
    assert.equal(await ask("/orders/1"), "200");
  });

  test("Ctrl-C ends the programs, and requests go on; up goes on where it was", async () => {
    up.kill("SIGINT");
    assert.deepEqual(await up.exited, { code: 0, signal: null });
    assert.match(up.logText(), /tunnels and nginx go on serving/);
    assert.equal(edge.processes().filter(({ command }) => /cli\/main/.test(command)).length, 0);
    assert.equal(await ask("/orders/1"), "200");
    up = edge.start(["portway", "up", "--foreground"], { name: "up" });
    await said(up, "portway is up");
    assert.match(up.logText(), /is in force|this host is edge-1/);
    await online("api-1");
  });

  test("programs end with a supervisor that is killed, and it can start again", async () => {
    up.kill("SIGKILL");
    await up.exited;
    await waitFor(() => !edge.processes().some(({ command }) => /cli\/main/.test(command)), { what: "no program" });
    assert.equal(await ask("/orders/1"), "200");
    up = edge.start(["portway", "up", "--foreground"], { name: "up" });
    await said(up, "portway is up");
  });

  test("leave tells control and leaves nothing behind", async () => {
    assert.match(await ok(api, "leave"), /api-1 has left/);
    await joined.exited;
    assert.deepEqual(await traces(api), []);
    assert.equal((await api.run(["ls", "-A", "/var/lib/portway"], { check: false })).stdout.trim(), "");
    const hosts = JSON.parse(await ok(edge, "hosts", "--json")).hosts as { name: string; joined: boolean }[];
    assert.equal(hosts.find(({ name }) => name === "api-1")?.joined, false);
    assert.doesNotMatch(joined.logText(), /go on serving/);
    const elsewhere = ["--state-dir", "/run/root/none", "--run-dir", "/run/root/none"];
    assert.match(await ok(api, "leave", ...elsewhere), /in no network$/m);
    assert.match(await ok(api, "down", ...elsewhere), /nothing of Portway has run here/);
  });

  test("down takes tunnels and nginx away and keeps the registry; up brings them back", async () => {
    assert.match(await ok(edge, "down"), /portway is down/);
    await up.exited;
    assert.deepEqual(await traces(edge), []);
    up = edge.start(["portway", "up", "--foreground"], { name: "up" });
    await said(up, "portway is up");
    assert.match(up.logText(), /is in force/);
  });

  test("the programs of a host that was removed end for good", async () => {
    const refused = await portway(edge, "hosts", "remove", "edge-1", "--yes");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /the only edge: .* runs control: [\s\S]*--stop-serving/);
    await ok(edge, "hosts", "remove", "edge-1", "--yes", "--stop-serving");
    await said(up, "edge ended with status 3: this host is no longer of the network");
    await said(up, "agent ended with status 3: this host is no longer of the network");
    const told = await portway(edge, "status");
    assert.deepEqual([told.code, /critical: edge-1 has not joined/.test(told.stdout)], [1, true]);
  });

  test("up lets the host of control in anew after its removal", async () => {
    up.kill("SIGINT");
    await up.exited;
    up = edge.start(["portway", "up", "--foreground"], { name: "up" });
    await said(up, "portway is up");
    assert.match(up.logText(), /control had removed edge-1: it has joined anew/);
    await answers("/nothing", "503");
    const { warnings } = await status();
    assert.deepEqual(
      warnings.filter(({ severity }) => severity === "critical"),
      [],
    );
  });

  test("down --purge leaves nothing behind", async () => {
    await ok(edge, "down", "--purge", "--yes");
    await up.exited;
    assert.deepEqual(await traces(edge), []);
    assert.notEqual((await edge.run(["ls", "/var/lib/portway"], { check: false })).code, 0);
  });
});
