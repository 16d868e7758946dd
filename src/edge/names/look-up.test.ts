import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type DnsServer, dnsServer } from "../../../test/dns-server.ts";
import { addressesIn } from "./hosts-file.ts";
import { lookUp } from "./look-up.ts";
import { isRoutable } from "./routable.ts";

const never = new AbortController().signal;

describe("a name is looked up", () => {
  let server: DnsServer;
  before(async () => {
    server = await dnsServer();
    server.tell({
      "both.test": { answer: ["192.0.2.2", "192.0.2.1", "2001:db8::1"], ttlSeconds: 17 },
      "four.test": { answer: ["192.0.2.1"], ttlSeconds: 17 },
      "nothing.test": { answer: [] },
      "broken.test": { answer: "failure" },
      "silent.test": { answer: "silence" },
    });
  });
  after(() => server.close());

  test("in both families, with the time that each lives", async () => {
    const { ipv4, ipv6 } = await lookUp("both.test", [server.address], never);
    assert.deepEqual(ipv6, { kind: "addresses", addresses: ["2001:db8::1"], ttlSeconds: 17 });
    assert.ok(ipv4.kind === "addresses");
    assert.deepEqual(ipv4.addresses.toSorted(), ["192.0.2.1", "192.0.2.2"]);
  });

  test("and has no address of a family, or of none, or nobody can say", async () => {
    const none = { kind: "none" };
    assert.deepEqual((await lookUp("four.test", [server.address], never)).ipv6, none);
    for (const name of ["nothing.test", "unknown.test"])
      assert.deepEqual(await lookUp(name, [server.address], never), { ipv4: none, ipv6: none });
    const failed = { kind: "failed", code: "ESERVFAIL" };
    assert.deepEqual(await lookUp("broken.test", [server.address], never), { ipv4: failed, ipv6: failed });
  });

  test("until it is given up", async () => {
    const end = new AbortController();
    const answer = lookUp("silent.test", [server.address], end.signal);
    setImmediate(() => end.abort());
    const cancelled = { kind: "failed", code: "ECANCELLED" };
    assert.deepEqual(await answer, { ipv4: cancelled, ipv6: cancelled });
  });

  test("on this host alone when its hosts file has it, and localhost always is", async () => {
    const { ipv4 } = await lookUp("localhost", undefined, never);
    assert.deepEqual(ipv4.kind === "addresses" && ipv4.addresses, ["127.0.0.1"]);
  });
});

test("a hosts file has addresses by name and by further names, whatever its case, and comments", () => {
  const text =
    "127.0.0.1\tlocalhost\n# 192.0.2.9 api\n192.0.2.1 api.test API # one\n2001:db8::1 api\nrubbish api\n192.0.2.1 api\n";
  assert.deepEqual(addressesIn(text, "api"), ["192.0.2.1", "2001:db8::1"]);
  assert.deepEqual(addressesIn(text, "api.test"), ["192.0.2.1"]);
  assert.deepEqual(addressesIn(text, "one"), []);
});

test("there is a route to loopback, and none to where nothing is", async () => {
  assert.equal(await isRoutable("127.0.0.1"), true);
  assert.equal(await isRoutable("fe80::1"), false); // link-local without a link
});
