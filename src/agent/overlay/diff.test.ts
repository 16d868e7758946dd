import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { MeshState } from "../../wire/mesh.ts";
import { overlayOf } from "./desired.ts";
import { diff } from "./diff.ts";
import type { EndpointHistory } from "./diff-peers.ts";
import { exampleFacts, exampleMesh } from "./example.ts";
import type { Change, LinkState } from "./model.ts";
import { actualOf, emptyKernel, newPeer, removeLink, run, type SimulatedKernel } from "./simulated-kernel.ts";

const noHistory: EndpointHistory = {
  given: () => undefined,
  seen: () => undefined,
  isStuck: () => false,
  isSilent: () => false,
};
const desired = overlayOf(exampleMesh, exampleFacts);

function converged(mesh: MeshState = exampleMesh): SimulatedKernel {
  const kernel = emptyKernel();
  run(kernel, diff(overlayOf(mesh, exampleFacts), actualOf(kernel), noHistory));
  return kernel;
}
const changesOf = (kernel: SimulatedKernel, history = noHistory, overlay = desired) =>
  diff(overlay, actualOf(kernel), history);
const words = (changes: readonly Change[]) =>
  changes.map((one) => (one.kind === "ip" || one.kind === "wg" ? one.words.join(" ") : one.kind));

/** One thing that a person or another program could do to a host. */
type Damage = (kernel: SimulatedKernel) => void;
const damageLink =
  (change: (link: LinkState) => LinkState) =>
  (name: string): Damage =>
  (kernel) => {
    const link = kernel.links.get(name);
    if (link !== undefined) kernel.links.set(name, change(link));
  };
const linkName = fc.constantFrom("pw0", "pwr");
const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  linkName.map(
    (name): Damage =>
      (kernel) =>
        removeLink(kernel, name),
  ),
  linkName.map(damageLink(({ device: _, ...link }) => link)),
  linkName.map(damageLink((link) => ({ ...link, mtu: 1300 }))),
  linkName.map(damageLink((link) => ({ ...link, addresses: ["10.9.9.9/32", ...link.addresses.slice(1)] }))),
  linkName.map(damageLink((link) => ({ ...link, device: link.device && { ...link.device, peers: [] } }) as LinkState)),
  linkName.map(
    damageLink((link) => {
      const peers = [...(link.device?.peers ?? []), { ...newPeer("stranger"), allowedIps: ["10.77.0.2/32"] }];
      return link.device ? { ...link, device: { ...link.device, peers } } : link;
    }),
  ),
  linkName.map(
    damageLink((link) => {
      const peers = link.device?.peers.map((peer) => ({ ...peer, allowedIps: [], keepaliveSeconds: 3 })) ?? [];
      return link.device ? { ...link, device: { ...link.device, publicKey: "another", listenPort: 1, peers } } : link;
    }),
  ),
  fc.constant<Damage>((kernel) => {
    kernel.firewall = undefined;
  }),
  fc.nat(20).map(
    (index): Damage =>
      (kernel) =>
        void kernel.routes.splice(index, 1),
  ),
  fc.nat(20).map(
    (index): Damage =>
      (kernel) => {
        const route = kernel.routes[index];
        if (route !== undefined) kernel.routes[index] = { ...route, source: "10.9.9.9" };
      },
  ),
  fc.nat(20).map(
    (index): Damage =>
      (kernel) => {
        const route = kernel.routes[index];
        if (route?.link !== undefined) kernel.routes[index] = { ...route, mtu: 576 };
      },
  ),
  fc.nat(20).map(
    (index): Damage =>
      (kernel) => {
        const route = kernel.routes[index];
        if (route !== undefined) kernel.routes.push({ ...route, table: "main", destination: "10.5.5.5/32" });
      },
  ),
  fc.constant<Damage>((kernel) => void kernel.rules.pop()),
  fc.constant<Damage>((kernel) => void kernel.settings.set("/proc/sys/net/ipv4/conf/pw0/rp_filter", "1")),
);

describe("the least changes to a host", () => {
  test("bring an empty one to the desired state, and then there are none", () => {
    const kernel = converged();
    assert.deepEqual(changesOf(kernel), []);
    assert.deepEqual([...kernel.links.keys()], ["pw0", "pwr"]);
    assert.equal(kernel.rules.length, 2);
    assert.equal(kernel.settings.get("/proc/sys/net/ipv6/conf/pwr/force_forwarding"), "1");
    assert.equal(kernel.settings.get("/proc/sys/net/ipv6/conf/all/forwarding"), "0");
  });

  test("repair any damage, in one pass or, where an interface was made anew, in two", () => {
    fc.assert(
      fc.property(fc.array(anyDamage, { maxLength: 6 }), (damages) => {
        const kernel = converged();
        for (const damage of damages) damage(kernel);
        const changes = changesOf(kernel);
        run(kernel, changes);
        if (changes.some((one) => one.kind === "createLink")) run(kernel, changesOf(kernel));
        assert.deepEqual(changesOf(kernel), []);
        const whole = converged();
        assert.deepEqual(kernel.links, whole.links);
        const sorted = (one: SimulatedKernel) => one.routes.map((route) => JSON.stringify(route)).sort();
        assert.deepEqual(sorted(kernel), sorted(whole));
      }),
    );
  });

  test("put the firewall before all else", () => {
    assert.equal(changesOf(emptyKernel())[0]!.kind, "firewall");
  });

  test("move a pair to another plane by replacing its routes alone", () => {
    const moved = overlayOf(exampleMesh, { ...exampleFacts, planeOf: () => "pwr" });
    assert.deepEqual(words(changesOf(converged(), noHistory, moved)), [
      "route replace 10.77.0.2/32 dev pwr src 10.77.0.1 proto 181",
      "route replace fd00:77::2/128 dev pwr src fd00:77::1 proto 181",
    ]);
  });

  test("give a pair's packets another size by replacing its routes alone, and an interface one by itself", () => {
    const measured = overlayOf(exampleMesh, { ...exampleFacts, mtuOf: () => 1232, linkMtu: () => 8920 });
    const kernel = converged();
    const changes = changesOf(kernel, noHistory, measured);
    assert.deepEqual(words(changes), [
      "link set pw0 mtu 8920",
      "link set pwr mtu 8920",
      "route replace 10.77.0.2/32 dev pw0 src 10.77.0.1 proto 181 mtu 1232",
      "route replace fd00:77::2/128 dev pw0 src fd00:77::1 proto 181 mtu 1232",
    ]);
    run(kernel, changes);
    assert.deepEqual(changesOf(kernel, noHistory, measured), []);
  });

  test("remove a peer with its routes, and touch no other", () => {
    const without = {
      ...exampleMesh,
      peers: exampleMesh.peers.filter((peer) => peer.host !== "api-2"),
      forwards: [],
    };
    const changes = words(changesOf(converged(), noHistory, overlayOf(without, exampleFacts)));
    assert.deepEqual(changes.slice(0, 2), ["firewall", "peer api-2-relay remove"]);
    assert.ok(
      changes.slice(2).every((one) => /^route del (10.77.0.[23]|fd00:77:[^ ]*:[23])\//.test(one)),
      changes.join("\n"),
    );
    assert.ok(
      changes.slice(2).every((one) => /:3\/|0\.3\/|table 51822/.test(one)),
      changes.join("\n"),
    );
  });

  test("take away what a plane made that is not wanted any more", () => {
    const direct = {
      ...exampleMesh,
      planes: exampleMesh.planes.slice(0, 1),
      peers: exampleMesh.peers.slice(0, 1),
      forwards: [],
    };
    const kernel = converged();
    const changes = changesOf(kernel, noHistory, overlayOf(direct, exampleFacts));
    run(kernel, changes);
    assert.deepEqual(
      words(changes).filter((one) => /^route .* dev pwr\b/.test(one)),
      [],
      "its routes went with the interface: no command finds them",
    );
    assert.deepEqual([...kernel.links.keys()], ["pw0"]);
    assert.deepEqual(changesOf(kernel, noHistory, overlayOf(direct, exampleFacts)), []);
    assert.deepEqual(kernel.rules, []);
    assert.ok(kernel.routes.every((route) => route.table === "main" && route.link !== "pwr"));
  });
});

describe("a peer's endpoint", () => {
  const roamed = () => {
    const kernel = converged();
    const link = kernel.links.get("pw0")!;
    const peers = link.device!.peers.map((peer) => ({ ...peer, endpoint: "203.0.113.9:4000" }));
    kernel.links.set("pw0", { ...link, device: { ...link.device!, peers } });
    return kernel;
  };
  const toConfigured = ["peer api-1-direct endpoint 198.51.100.7:51820"];

  test("is left alone where the peer roamed to", () => {
    assert.deepEqual(changesOf(roamed()), []);
    assert.deepEqual(changesOf(roamed(), { ...noHistory, given: () => "198.51.100.7:51820" }), []);
  });

  test("is set when control names another one than before", () => {
    assert.deepEqual(words(changesOf(roamed(), { ...noHistory, given: () => "192.0.2.1:51820" })), toConfigured);
  });

  test("is set when the peer has fallen silent where it roamed to", () => {
    assert.deepEqual(words(changesOf(roamed(), { ...noHistory, isSilent: () => true })), toConfigured);
  });

  test("is named again, as it is, when the peer has just fallen silent", () => {
    const isStuck = (link: string) => link === "pw0";
    const again = ["peer api-1-direct endpoint 203.0.113.9:4000"];
    assert.deepEqual(words(changesOf(roamed(), { ...noHistory, isStuck })), again);
  });

  test("is where it was heard last, for one without a configured one that has to be added again", () => {
    const kernel = converged();
    run(kernel, [{ kind: "wg", link: "pwr", words: ["peer", "api-2-relay", "remove"] }]);
    assert.deepEqual(words(changesOf(kernel, { ...noHistory, seen: () => "203.0.113.9:4000" })), [
      "peer api-2-relay endpoint 203.0.113.9:4000 allowed-ips 10.77.0.3/32,fd00:77:0:ff01::3/128,fd00:77::3/128",
    ]);
  });
});

describe("forwarding on a kernel that forwards IPv6 as a whole or not at all", () => {
  const conf = "/proc/sys/net/ipv6/conf";
  const kernelWith = (settings: Readonly<Record<string, string>>) => {
    const kernel = emptyKernel();
    kernel.settings = new Map(Object.entries(settings).map(([name, value]) => [`${conf}/${name}`, value]));
    return kernel;
  };
  const machineWide = (changes: readonly Change[]) =>
    changes.flatMap((one) =>
      one.kind === "setting" && one.machineWide
        ? `${one.setting.path.slice(conf.length + 1)}=${one.setting.value}`
        : [],
    );

  test("is switched on after router advertisements are kept where they were listened to", () => {
    const kernel = kernelWith({
      "all/forwarding": "0",
      "eth0/accept_ra": "1",
      "eth0/forwarding": "0",
      "eth1/accept_ra": "0",
      "eth1/forwarding": "0",
      "eth2/accept_ra": "1",
      "eth2/forwarding": "1",
    });
    assert.deepEqual(machineWide(changesOf(kernel)), ["eth0/accept_ra=2", "all/forwarding=1"]);
  });

  test("is left as it is where the machine forwards already", () => {
    const kernel = kernelWith({ "all/forwarding": "1", "eth0/accept_ra": "1", "eth0/forwarding": "1" });
    assert.deepEqual(machineWide(changesOf(kernel)), []);
  });

  test("is given back once the host is no relay any more", () => {
    const direct = { ...exampleMesh, planes: exampleMesh.planes.slice(0, 1), peers: [], forwards: [] };
    const actual = { ...actualOf(converged()), changedSettings: new Map([[`${conf}/all/forwarding`, "0"]]) };
    const changes = diff(overlayOf(direct, exampleFacts), actual, noHistory);
    assert.ok(changes.some((one) => one.kind === "restoreSettings"));
  });
});
