import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { describe, test } from "node:test";
import { inOrder, ownAddresses, ownCandidates } from "./candidates.ts";

const address = (cidr: string): NetworkInterfaceInfo => {
  const family = cidr.includes(":") ? "IPv6" : "IPv4";
  return {
    address: cidr.replace(/\/.*/, ""),
    cidr,
    family,
    netmask: "",
    mac: "",
    internal: false,
    scopeid: 0,
  } as never;
};
const overlay = ["10.77.0.0/16", "fd00:77::/48"];

describe("what a host says of its own", () => {
  test("addresses of links that lead to others: no planes, no containers, no loopback, no link-local ones", () => {
    const links = {
      lo: [address("127.0.0.1/8"), address("::1/128")],
      eth0: [address("192.168.10.5/24"), address("fe80::1/64"), address("2001:db8::5/64")],
      pw0: [address("10.77.1.1/32")],
      docker0: [address("172.17.0.1/16")],
    };
    assert.deepEqual(ownAddresses(links), ["192.168.10.5/24", "2001:db8::5/64"]);
  });

  test("first what relays saw, each once, eight at most", () => {
    const candidates = ownCandidates(["203.0.113.7:40000"], ["192.168.10.5/24", "2001:db8::5/64"], 51820);
    assert.deepEqual(candidates, ["203.0.113.7:40000", "192.168.10.5:51820", "[2001:db8::5]:51820"]);
    assert.deepEqual(ownCandidates(["192.0.2.1:51820"], ["192.0.2.1/24"], 51820), ["192.0.2.1:51820"]);
    const many = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}/24`);
    assert.equal(ownCandidates([], many, 51820).length, 8);
  });
});

describe("the order in which another one's candidates are tried", () => {
  const mine = { mappings: ["203.0.113.7:40000"], addresses: ["192.168.10.5/24", "2001:db8::5/64"], overlay };

  test("what relays saw, IPv6, then private addresses", () => {
    const theirs = ["192.168.20.5:51820", "[2001:db8:9::5]:51820", "203.0.113.9:51820"];
    assert.deepEqual(inOrder(theirs, mine), ["203.0.113.9:51820", "[2001:db8:9::5]:51820", "192.168.20.5:51820"]);
  });

  test("behind one NAT the address on the same link is first", () => {
    const theirs = ["203.0.113.7:40001", "192.168.10.6:51820"];
    assert.deepEqual(inOrder(theirs, mine), ["192.168.10.6:51820", "203.0.113.7:40001"]);
    assert.deepEqual(inOrder(["203.0.113.9:1", "192.168.10.6:51820"], mine), ["203.0.113.9:1", "192.168.10.6:51820"]);
  });

  test("none of a family that this host has no address of", () => {
    const only6 = { ...mine, addresses: ["2001:db8::5/64"] };
    assert.deepEqual(inOrder(["203.0.113.9:1", "[2001:db8:9::5]:51820"], only6), ["[2001:db8:9::5]:51820"]);
  });

  test("nothing that is no place of another host's, whatever the other end says", () => {
    const bad = [
      "127.0.0.1:1",
      "0.0.0.0:1",
      "224.0.0.1:1",
      "255.255.255.255:1",
      "[fe80::1]:1",
      "[::1]:1",
      "10.77.0.9:1",
    ];
    assert.deepEqual(inOrder([...bad, "name.example.com:1", "192.0.2.1", ""], mine), []);
  });
});
