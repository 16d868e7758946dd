// Portway on Debian's own kernel under systemd, on two machines: installed, joined, killed, cut off its power, taken away.
// The machines are emulated, so that each step takes seconds: one test goes on where the one before it ended.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type Guest, needsGuest } from "../guest/guest.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type GuestHosts, openGuestHosts, pingDuring, publicName } from "./guest-hosts.ts";

const file = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
join: { credential: 30m }
hosts:
  edge-1: { roles: [edge], endpoint: edge.example.com:51820, address: 10.77.0.1 }
  api-1: { tags: [api], address: 10.77.0.2 }
access:
  - { from: [role:edge], to: [tag:api], allow: [tcp/8080, icmp] }
services:
  api: { targets: [tag:api], port: 8080 }
routes:
  - { name: api, hosts: [${publicName}], service: api }
tls: { selfSigned: true }
`;
const services = ["portway-control", "portway-agent", "portway-edge", "portway-nginx"];

/** What Portway could leave behind: one line a thing. */
const traces = `ip -o link show type wireguard; ip rule; ip -6 rule; ip route show table all proto 181
  ip -6 route show table all proto 181; nft list tables; ls -d /var/lib/portway /run/portway* /run/wireguard/* 2>/dev/null
  ls /etc/systemd/system /etc/systemd/system/*.wants 2>/dev/null; systemctl list-units --no-legend 'portway*'
  sysctl net.ipv4.ip_forward net.ipv4.tcp_migrate_req net.ipv6.conf.all.forwarding net.ipv6.conf.all.accept_ra; pgrep -a 'nginx|wireguard-go'`;

/** Beside other work an emulated machine takes longer than a command waits: again, it goes on where it was. */
const again = (command: string) => `${command} || ${command} || ${command}`;
const slowly = { timeoutMs: 600_000 };

const left = async (guest: Guest) => (await guest.run(traces, { check: false })).stdout.split("\n").sort();
const words = async (guest: Guest, script: string) =>
  (await guest.run(script, { check: false })).stdout.trim().split(/\s+/);

suite("on Debian's kernel, with systemd as process 1", needsGuest, () => {
  let hosts: GuestHosts;
  const clean: (readonly string[])[] = [];
  before(async () => {
    hosts = await openGuestHosts();
    clean.push(await left(hosts.edge), await left(hosts.api));
  });
  after(() => hosts?.close());

  test("portway init and portway up: every service runs", async () => {
    const { edge } = hosts;
    await edge.run(`portway init --network acme --host edge-1 --endpoint edge.example.com:51820
      cat >portway.yaml <<'END'\n${file}END\n`);
    await edge.run(again("portway up"), slowly);
    assert.deepEqual(
      await words(edge, `systemctl is-active ${services.join(" ")}`),
      services.map(() => "active"),
    );
    assert.deepEqual((await edge.run("systemctl --failed --no-legend")).stdout, "");
  });

  test("a host joins, and a public request reaches it through WireGuard in the kernel", async () => {
    const { edge, api } = hosts;
    const token = (await edge.run("portway token create --host api-1")).stdout;
    await api.run(`portway join --name api-1 - <<<'${token.trim()}'`);
    await hosts.served();
    for (const guest of [edge, api]) {
      const links = (await guest.run("ip -d -o link show")).stdout.split("\n").filter((line) => line.includes(": pw"));
      assert.ok(links.length > 0 && links.every((line) => / wireguard /.test(line)), links.join("\n"));
      assert.equal((await guest.run("pgrep wireguard-go", { check: false })).stdout, "");
    }
  });

  test("a restarted agent finds nothing to change and loses no packet", async () => {
    const { edge } = hosts;
    const lost = await pingDuring(edge, "10.77.0.2", async () => {
      await edge.run("systemctl restart portway-agent; date +%s.%N >/run/guest/restarted");
      const passes = "journalctl -o cat -u portway-agent --since @$(cat /run/guest/restarted)";
      await waitFor(async () => /connected to control/.test((await edge.run(passes)).stdout), {
        ...{ what: "the new agent to be connected", timeoutMs: 120_000, intervalMs: 500 },
      });
      await edge.run("portway status --json >/dev/null", { check: false });
      const changes = (await edge.run(passes)).stdout.split("\n").filter((line) => line.includes('"msg":"change"'));
      assert.deepEqual(changes, []);
    });
    assert.equal(lost.lost, 0, JSON.stringify(lost));
    assert.ok(lost.received > 20, JSON.stringify(lost));
  });

  test("what is killed is started again, and requests go on", async () => {
    const { edge } = hosts;
    const pids = () => words(edge, `systemctl show -P MainPID ${services.join(" ")}`);
    const old = await pids();
    await edge.run(`systemctl kill -s KILL ${services.join(" ")}`);
    const another = async () => {
      const now = await pids();
      return now.length === old.length && now.every((pid, at) => pid !== "0" && pid !== old[at]);
    };
    await waitFor(another, { what: "every service to run again", timeoutMs: 120_000, intervalMs: 500 });
    await hosts.served();
    assert.deepEqual((await edge.run("systemctl --failed --no-legend")).stdout, "");
  });

  test("a host whose clock jumps renews its certificate by its unit, and loses no packet", async () => {
    const { edge, api } = hosts;
    const certificate = async () => (await api.run("cat /var/lib/portway/identity/certificate.pem")).stdout;
    const old = await certificate();
    const lost = await pingDuring(edge, "10.77.0.2", async () => {
      await api.run("date -s '+16 minutes'"); // half of the certificate's time, and one
      const renewed = async () => (await certificate()) !== old;
      await waitFor(renewed, { what: "another certificate", timeoutMs: 240_000, intervalMs: 1000 });
    });
    assert.equal(lost.lost, 0, JSON.stringify(lost));
    await api.run("date -s '-16 minutes'");
    await hosts.served();
    assert.equal((await api.run("systemctl --failed --no-legend")).stdout, "");
    assert.match((await edge.run("portway audit")).stdout, /host\.renew/);
  });

  test("after a power cut the host serves again without control", async () => {
    await hosts.edge.run(
      "systemctl disable --now portway-control.service portway-control.socket portway-control-local.socket portway-control-metrics.socket; sync",
    );
    await hosts.bootEdge();
    await hosts.served();
    assert.deepEqual(await words(hosts.edge, `systemctl is-active ${services.join(" ")}`), [
      "inactive",
      "active",
      "active",
      "active",
    ]);
  });

  test("leave and down --purge take everything away", async () => {
    const { edge, api } = hosts;
    await edge.run(again("portway up"), slowly);
    await api.run("portway leave", slowly);
    await edge.run(again("portway down --purge --yes"), slowly);
    assert.deepEqual(await left(api), clean[1]);
    assert.deepEqual(await left(edge), clean[0]);
  });
});
