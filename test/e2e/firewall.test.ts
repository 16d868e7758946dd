// A host's firewall that changes under packets, with real nftables:
//
//   asking ── pw0 ══ cable ══ pw0 ── answering: its table changes again and again
//
// What a table that is replaced as a whole loses is a packet now and then; so many pings and changes find it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import fc from "fast-check";
import { loadFirewall, normalised } from "../../src/agent/machine/firewall.ts";
import { exampleMesh } from "../../src/agent/overlay/example.ts";
import { firewallText } from "../../src/agent/overlay/firewall.ts";
import type { Exec, Ran } from "../../src/lib/exec.ts";
import type { Inbound, MeshState } from "../../src/wire/mesh.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";

const [own, asked] = ["10.77.0.2", "10.77.0.1"];
const bypass = { name: "pwx", listenPort: 51821, mtu: 1420, probeAddress: "fd00:77:0:ff06::1" } as const;
const withBypass: MeshState = { ...exampleMesh, planes: [...exampleMesh.planes, bypass] };

suite("firewall", { ...needsRoot, timeout: 180_000 }, () => {
  let lab: Lab;
  let [asking, answering] = [] as unknown as [Host, Host];
  const folder = mkdtempSync(join(tmpdir(), "portway-firewall-"));
  const loaded: string[] = [];
  const exec: Exec = (file, args, { input = "" } = {}) => {
    if (args[0] === "-f") loaded.push(input);
    return answering.run([file, ...args], { input, check: false });
  };
  const load = (text: string, by = exec) => loadFirewall({ exec: by, announce: () => {}, folder }, text);

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    [asking, answering] = await Promise.all([
      lab.host("asking", { on: internet }),
      lab.host("answering", { on: internet }),
    ]);
    await asking.ip([`link add pw0 type veth peer name pw0 netns ${answering.pid}`]);
    const ends = [
      [asking, own, asked],
      [answering, asked, own],
    ] as const;
    for (const [host, here, there] of ends)
      await host.ip([`address add ${here}/32 dev pw0`, "link set pw0 up", `route add ${there}/32 dev pw0 src ${here}`]);
  });
  after(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true });
  });

  test("a plane and a host that come and go lose no packet of others", async () => {
    const from = ["10.77.0.9/32"];
    const guest: Inbound = { host: "api-9", from, allow: [{ protocol: "udp" }] };
    const withGuest: MeshState = { ...exampleMesh, inbound: [...exampleMesh.inbound, guest] };
    const texts = [withBypass, exampleMesh, withGuest, exampleMesh].map((mesh) => firewallText(mesh));
    await load(texts[0]!);
    const ping = asking.start(["ping", "-q", "-f", asked]);
    for (let turn = 1; turn <= 80; turn++) await load(texts[turn % texts.length]!);
    ping.kill("SIGINT");
    await ping.exited;
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.logText())!;
    // Those in flight at the end are not lost.
    assert.ok(Number(sent) - Number(received) <= 1, ping.logText());
    assert.ok(Number(received) > 1_000, ping.logText());
  });

  test("a table whose agent died, or whose nft hung, right after it was changed is changed in part by the next one", async () => {
    const timedOut: Ran = { code: -1, stdout: "", stderr: "", timedOut: true };
    const dying: Exec = (file, args, options) =>
      args[0] === "-j" && loaded.length > 0 ? Promise.resolve(timedOut) : exec(file, args, options);
    const hanging: Exec = async (file, args, options) => {
      const ran = await exec(file, args, options);
      return args[0] === "-f" ? timedOut : ran;
    };
    const texts = [exampleMesh, withBypass].map((mesh) => firewallText(mesh));
    await load(texts[0]!);
    for (const [index, broken] of [dying, hanging].entries()) {
      loaded.length = 0;
      await assert.rejects(load(texts[(index + 1) % 2]!, broken), /nft/);
      await load(texts[index % 2]!);
      assert.equal(loaded.length, 2);
      assert.ok(!loaded.join().includes("delete table"), loaded.join());
    }
  });

  test("a table that was changed in part is the same as one that was made as a whole", async () => {
    const listed = async () => {
      const { nftables } = JSON.parse((await exec("nft", ["-j", "list", "table", "inet", "portway"])).stdout);
      const named = (nftables as object[])
        .map((one) => JSON.stringify(normalised(one)))
        .filter((one) => !one.includes('"name":"load_'));
      // Rules keep their order, of which chain is which nobody asks.
      return [...named.filter((one) => one.startsWith('{"rule"')), ""]
        .toSorted(byChain)
        .concat(named.filter((one) => !one.startsWith('{"rule"')).sort());
    };
    const allow = fc.constantFrom(
      [{ protocol: "icmp" }] as const,
      [{ protocol: "tcp", first: 80, last: 90 }] as const,
      [{ protocol: "any" }] as const,
      [{ protocol: "icmp" }, { protocol: "udp", first: 53, last: 53 }] as const,
    );
    const inbound = fc.uniqueArray(
      fc.record({ number: fc.integer({ min: 2, max: 9 }), allow }).map(
        ({ number, allow }): Inbound => ({
          host: `api-${number}`,
          from: [`10.77.0.${number}/32`, `fd00:77::${number}/128`],
          allow,
        }),
      ),
      { selector: ({ host }) => host, maxLength: 6 },
    );
    const onward = fc.constantFrom<MeshState["onward"]>(
      [],
      [
        {
          host: "api-1",
          from: ["10.77.0.2/32"],
          to: [{ prefix: "192.168.10.0/24", allow: [{ protocol: "tcp", first: 80, last: 80 }] }],
        },
      ],
    );
    const mesh = fc
      .record({ inbound, onward, planes: fc.constantFrom(exampleMesh.planes, withBypass.planes, [bypass]) })
      .map((parts): MeshState => ({ ...exampleMesh, ...parts, host: { ...exampleMesh.host, masquerade: true } }));
    await fc.assert(
      fc.asyncProperty(fc.array(mesh, { minLength: 2, maxLength: 4 }), async (meshes) => {
        for (const one of meshes) await load(firewallText(one));
        const changed = await listed();
        const text = firewallText(meshes.at(-1)!);
        await answering.run(["nft", "-f", "-"], { input: text });
        assert.deepEqual(changed, await listed());
        await load(text);
      }),
      { numRuns: 8 },
    );
  });
});

const byChain = (a: string, b: string) => chainOf(a).localeCompare(chainOf(b));
const chainOf = (rule: string) => /"chain":"([^"]*)"/.exec(rule)?.[1] ?? "";
