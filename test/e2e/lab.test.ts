// The lab itself: what its networks let through, and that nothing of it stays.
//
//   internet ──┬── edge-1 ──┬── client ──┬── gateway "home" ──┬── gateway "office"
//                                           api-1, db-1           api-2 (hard)
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { start } from "../../src/lib/exec.ts";
import { startApi } from "../lab/api.ts";
import { createLab, type Host, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { sweepLabs } from "../lab/owner.ts";
import { processesUnder } from "../lab/proc.ts";
import { waitFor } from "../lab/wait-for.ts";

const pingOnce = (from: Host, to: string) => from.run(["ping", "-c1", "-W0.5", to], { check: false });
const get = async (from: Host, url: string) =>
  JSON.parse((await from.run(["curl", "-sS", "-m5", url])).stdout) as {
    readonly host: string;
    readonly address: string;
  };

suite("the networks of a lab", needsRoot, () => {
  let lab: Lab;
  let home: Lan;
  let office: Lan;
  let [edge, client, api1, db1, api2] = [] as unknown as [Host, Host, Host, Host, Host];

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    [home, office] = await Promise.all([lab.nat("home", { kind: "easy" }), lab.nat("office", { kind: "hard" })]);
    [edge, client, api1, db1, api2] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("client", { on: internet }),
      lab.host("api-1", { on: home }),
      lab.host("db-1", { on: home }),
      lab.host("api-2", { on: office }),
    ]);
    await Promise.all([startApi(edge), startApi(api1)]);
  });
  after(() => lab.close());

  test("public hosts reach each other by name, over IPv4 and IPv6", async () => {
    for (const family of ["-4", "-6"]) await client.run(["ping", family, "-c1", "-W1", "edge.example.com"]);
    assert.equal((await get(client, "http://edge.example.com:8080/")).host, "edge-1");
  });

  test("a name added later leads to its host from every box", async () => {
    lab.addName("api.example.com", edge);
    for (const host of [client, api2]) assert.equal((await get(host, "http://api.example.com:8080/")).host, "edge-1");
  });

  test("an unknown name fails at once", async () => {
    assert.notEqual((await client.run(["getent", "hosts", "nowhere.example.com"], { check: false })).code, 0);
  });

  test("a host behind NAT reaches the internet with its gateway's address", async () => {
    const seen = await get(api1, "http://edge.example.com:8080/");
    assert.equal(seen.address, `::ffff:${home.gateway.addresses.ipv4}`);
  });

  test("hosts behind one gateway reach each other", async () => {
    assert.equal((await get(db1, `http://${api1.addresses.ipv4}:8080/`)).host, "api-1");
  });

  test("a host behind NAT cannot be reached, not even by a packet that is routed to its gateway", async () => {
    assert.notEqual((await pingOnce(client, api1.addresses.ipv4)).code, 0);
    await client.ip([`route add ${home.ipv4}.0/24 via ${home.gateway.addresses.ipv4}`]);
    assert.notEqual((await pingOnce(client, api1.addresses.ipv4)).code, 0);
    assert.notEqual(
      (await client.run(["curl", "-sm0.5", `http://${api1.addresses.ipv4}:8080/`], { check: false })).code,
      0,
    );
  });

  test("an easy gateway shows every other end the same port, a hard one does not", async () => {
    const reflectors = [edge, client].map((host) =>
      host.start([process.execPath, "-e", reflector], { name: "reflector" }),
    );
    for (const one of reflectors) await waitFor(() => one.logText().includes("ready"), { what: "the reflector" });
    const portsSeenFrom = async (host: Host) =>
      JSON.parse(
        (await host.run([process.execPath, "-e", askAll, edge.addresses.ipv4, client.addresses.ipv4])).stdout,
      ) as number[];
    const [easy, hard] = await Promise.all([portsSeenFrom(api1), portsSeenFrom(api2)]);
    assert.equal(easy[0], easy[1]);
    assert.notEqual(hard[0], hard[1]);
  });

  test("behind a carrier's NAT, the internet sees the carrier's address", async () => {
    const lan = await lab.nat("mobile", { kind: "cgnat" });
    const phone = await lab.host("phone", { on: lan });
    assert.match(lan.gateway.addresses.ipv4, /^100\.64\./);
    assert.match((await get(phone, "http://edge.example.com:8080/")).address, /^::ffff:203\.0\.113\./);
  });

  test("a host that moves to another segment has an address there and reaches out from it", async () => {
    const roamer = await lab.host("roamer", { on: home });
    await roamer.moveTo(office);
    assert.ok(roamer.addresses.ipv4.startsWith(`${office.ipv4}.`));
    const seen = await get(roamer, "http://edge.example.com:8080/");
    assert.equal(seen.address, `::ffff:${office.gateway.addresses.ipv4}`);
  });

  test("what a host writes under /etc, /var/lib and /run is its own", async () => {
    const paths = ["/etc/portway/portway.yaml", "/var/lib/portway/state", "/run/portway/note"];
    for (const path of paths) {
      await api1.writeFile(path, "of api-1\n");
      assert.equal(await api1.readFile(path), "of api-1\n");
      assert.notEqual((await db1.run(["cat", path], { check: false })).code, 0);
      assert.equal(existsSync(path) && readFileSync(path, "utf8") === "of api-1\n", false);
    }
    assert.equal((await api1.run(["hostname"])).stdout, "api-1\n");
  });

  test("two hosts with an interface of one name ping each other through WireGuard, one of them behind NAT", async () => {
    const [edgeKey, apiKey] = await Promise.all([edge, api1].map((host) => openWireGuard(host, host === edge ? 1 : 2)));
    await edge.run(["wg", "set", "pw0", "listen-port", "51820", "peer", apiKey!, "allowed-ips", "10.77.0.2/32"]);
    const endpoint = ["endpoint", "edge.example.com:51820", "persistent-keepalive", "25"];
    await api1.run(["wg", "set", "pw0", "peer", edgeKey!, "allowed-ips", "10.77.0.1/32", ...endpoint]);
    await waitFor(async () => (await pingOnce(api1, "10.77.0.1")).code === 0, { what: "a ping through the tunnel" });
    assert.equal((await pingOnce(edge, "10.77.0.2")).code, 0);
  });
});

suite("the life of a lab", needsRoot, () => {
  test("two labs with the same names and addresses run side by side", async () => {
    const labs = [createLab(), createLab()];
    const clients = await Promise.all(
      labs.map(async (lab, at) => {
        const internet = await lab.internet();
        await startApi(await lab.host("edge-1", { on: internet, names: ["edge.example.com"] }), {
          name: `of lab ${at}`,
        });
        return lab.host("client", { on: internet });
      }),
    );
    for (const [at, client] of clients.entries())
      assert.equal((await get(client, "http://edge.example.com:8080/")).host, `of lab ${at}`);
    await labs[0]!.close();
    assert.equal((await get(clients[1]!, "http://edge.example.com:8080/")).host, "of lab 1");
    await labs[1]!.close();
  });

  test("close leaves no process, namespace, mount or file, and waits for none to end by itself", async () => {
    const lab = createLab();
    const lan = await lab.nat("home", { kind: "easy" });
    const host = await lab.host("api-1", { on: lan });
    const ignoresTerm = host.start(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]);
    // A daemon with a session, an environment and a mount namespace of its own.
    await host.run(["sh", "-c", "setsid unshare --mount env -i sleep 1000 >/dev/null 2>&1 &"]);
    await waitFor(() => host.processes().some((one) => one.command === "sleep 1000"), { what: "the daemon" });
    const namespaces = [host.pid, lan.gateway.pid].map((pid) => readlinkSync(`/proc/${pid}/ns/net`));
    await lab.close();
    assert.deepEqual(await ignoresTerm.exited, { code: null, signal: "SIGKILL" });
    assert.deepEqual(processesUnder(lab.folder), []);
    for (const namespace of namespaces) assert.ok(!namespacesInUse().has(namespace));
    assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(lab.id));
    assert.equal(existsSync(lab.folder), false);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    test(`${signal} to the owner removes its lab`, async () => {
      const owner = await startOwner();
      process.kill(owner.pid, signal);
      await owner.exited;
      assertGone(owner.folder);
    });

  test("an exception that the owner does not catch removes its lab", async () => {
    const owner = await startOwner("throw");
    await owner.exited;
    assertGone(owner.folder);
  });

  test("the next lab sweeps away one whose owner was killed, and leaves those that are in use", async () => {
    const mine = createLab();
    const owner = await startOwner();
    process.kill(owner.pid, "SIGKILL");
    await owner.exited;
    sweepLabs();
    assertGone(owner.folder);
    assert.ok(existsSync(mine.folder));
    await mine.close();
  });
});

/** Answers each datagram with the port it came from. */
const reflector = `const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (_, from) => socket.send(String(from.port), from.port, from.address));
socket.bind(3478, () => console.log("ready"));`;

/** Asks the reflectors named by its arguments from one socket and prints the ports they saw. */
const askAll = `const socket = require("node:dgram").createSocket("udp4");
const others = process.argv.slice(1), seen = {};
socket.on("message", (port, from) => {
  seen[from.address] = Number(port);
  if (Object.keys(seen).length === others.length) console.log(JSON.stringify(others.map((one) => seen[one]))), socket.close();
});
for (const other of others) socket.send("?", 3478, other);`;

/** Makes interface pw0 with address 10.77.0.NUMBER; returns its public key. */
async function openWireGuard(host: Host, number: number): Promise<string> {
  host.start(["wireguard-go", "-f", "pw0"]);
  await waitFor(async () => (await host.run(["wg", "show", "pw0"])).code === 0, { what: `pw0 on ${host.name}` });
  await host.run(["sh", "-c", "umask 077; wg genkey >key; wg set pw0 private-key key"]);
  await host.ip([`addr add 10.77.0.${number}/24 dev pw0`, "link set pw0 up"]);
  return (await host.run(["wg", "show", "pw0", "public-key"])).stdout.trim();
}

/** Starts lab-owner.ts and resolves with its lab's folder once the lab is there. */
async function startOwner(end = "wait") {
  const child = start(process.execPath, [join(import.meta.dirname, "lab-owner.ts"), end], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  child.stdout!.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  await waitFor(() => said.endsWith("\n"), { what: "the owner's lab" });
  return { pid: child.pid!, folder: said.trim(), exited };
}

function assertGone(folder: string): void {
  assert.deepEqual(processesUnder(folder), []);
  assert.equal(existsSync(folder), false);
}

function namespacesInUse(): Set<string> {
  const namespaceOf = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
      return ""; // the process ended meanwhile
    }
  };
  return new Set(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(namespaceOf),
  );
}
