import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { judgeForwarding, type Passage, relayed } from "./forwarding.ts";

type Part = Readonly<Record<string, unknown>>;
const chain = (name: string, more: object = {}, table = { family: "ip", table: "filter" }) => ({
  chain: { ...table, name, handle: 1, ...more },
});
const forward = { type: "filter", hook: "forward", prio: 0, policy: "drop" };
const rule = (name: string, ...expr: Part[]) => ({
  rule: { family: "ip", table: "filter", chain: name, handle: 2, expr },
});
const meta = (key: string, right: unknown, op = "==") => ({ match: { op, left: { meta: { key } }, right } });
const daddr = { match: { op: "==", left: { payload: { protocol: "ip", field: "daddr" } }, right: "172.17.0.2" } };
const related = { match: { op: "in", left: { ct: { key: "state" } }, right: ["established", "related"] } };
const icmp = { match: { op: "==", left: { payload: { protocol: "ip", field: "protocol" } }, right: "icmp" } };
const counter = { counter: null };
const accept = { accept: null };
const jump = (target: string) => ({ jump: { target } });

const onward: Passage = { from: "pw*", to: "eth1", families: [4], text: "to networks behind it, by eth1" };
const judgeOf =
  (passage: Passage) =>
  (...nftables: object[]) =>
    judgeForwarding({ nftables: [{ metainfo: {} }, ...nftables] }, passage);
const judge = judgeOf(relayed);

suite("another firewall", () => {
  const docker = [
    chain("FORWARD", forward),
    chain("DOCKER-USER"),
    rule("FORWARD", counter, jump("DOCKER-USER")),
    rule("FORWARD", related, counter, accept),
    rule("FORWARD", meta("iifname", "docker0"), meta("oifname", "docker0", "!="), accept),
    rule("FORWARD", daddr, meta("oifname", "docker0"), accept),
    rule("FORWARD", icmp, accept),
  ];

  test("that drops what a relay passes on is warned of, with the words that let it through", () => {
    const [warning, ...others] = judge(...docker);
    assert.deepEqual([warning?.code, warning?.severity, others], ["forwardDropped", "critical", []]);
    assert.match(warning!.text, /chain FORWARD of nftables' table ip filter/);
    assert.match(warning!.hint, /`iptables -I DOCKER-USER -i pw\+ -o pw\+ -j ACCEPT`/);
    const hints = [
      judge(chain("FORWARD", forward), chain("ufw-user-forward")),
      judge(chain("FORWARD", forward, { family: "ip6", table: "filter" })),
      judge(chain("through", forward, { family: "inet", table: "mine" })),
    ].map(([one]) => one?.hint ?? "");
    assert.match(hints[0]!, /`ufw route allow in on pw\+ out on pw\+`/);
    assert.match(hints[1]!, /`ip6tables -I FORWARD -i pw\+ -o pw\+ -j ACCEPT`/);
    assert.match(hints[2]!, /`nft insert rule inet mine through 'iifname "pw\*" oifname "pw\*" accept'`/);
  });

  test("that drops what a router or an exit passes on is warned of too, of the families that it leads by", () => {
    const ofRouter = judgeOf(onward);
    const [warning, ...others] = ofRouter(...docker, chain("FORWARD", forward, { family: "ip6", table: "filter" }));
    assert.deepEqual(others, []);
    assert.match(warning!.text, /drops what this host should pass on to networks behind it, by eth1$/);
    assert.match(warning!.hint, /`iptables -I DOCKER-USER -i pw\+ -o eth1 -j ACCEPT`/);
    const [from, to] = [meta("iifname", "pw*"), meta("oifname", "eth1")];
    assert.deepEqual(ofRouter(...docker, rule("DOCKER-USER", from, to, accept)), []);
    assert.deepEqual(ofRouter(...docker, rule("DOCKER-USER", from, meta("oifname", "eth2"), accept)).length, 1);
    assert.deepEqual(judge(...docker, rule("DOCKER-USER", from, to, accept)).length, 1);
  });

  test("that lets the relay's packets through is nothing to warn of, in whichever chain and form it says so", () => {
    const between = [meta("iifname", "pw*"), meta("oifname", "pw*")];
    const ways: object[] = [
      rule("DOCKER-USER", ...between, counter, accept),
      rule("FORWARD", ...between, accept),
      rule("FORWARD", meta("iifname", "pw*"), accept),
      rule("FORWARD", meta("iifname", { set: ["pwx", "pwr"] }), accept),
      rule("FORWARD", meta("iifname", "eth0", "!="), accept),
      rule("FORWARD", accept),
    ];
    for (const way of ways) assert.deepEqual(judge(...docker, way), [], JSON.stringify(way));
  });

  test("that lets through a relay's own plane and not its bypass is warned of once, with words that open both", () => {
    const open = (link: string) => rule("DOCKER-USER", meta("iifname", link), meta("oifname", link), accept);
    const [warning, ...others] = judge(...docker, open("pwr"));
    assert.deepEqual(others, []);
    assert.match(warning!.text, /drops what this host should pass on between others while keys are renewed$/);
    assert.match(warning!.hint, /`iptables -I DOCKER-USER -i pw\+ -o pw\+ -j ACCEPT`/);
    const texts = [judge(...docker), judge(...docker, open("pwx"))].map((all) => all.map(({ text }) => text));
    for (const [text, ...more] of texts) assert.deepEqual([text!.slice(-15), more], [" between others", []]);
    assert.deepEqual(judge(...docker, open("pwr"), open("pwx")), []);
  });

  test("is not taken to let through what a chain that nothing leads to accepts, or what goes elsewhere", () => {
    for (const way of [
      rule("lost", accept),
      rule("FORWARD", meta("iifname", "pwr"), meta("oifname", "eth0"), accept),
      rule("FORWARD", meta("iifname", "pwr"), counter),
      rule("FORWARD", { xt: null }, accept),
    ]) {
      assert.equal(judge(...docker, chain("lost"), way).length, 1, JSON.stringify(way));
    }
  });

  test("that accepts by policy, hooks elsewhere, or is Portway's own table, is nothing to warn of", () => {
    assert.deepEqual(judge(chain("FORWARD", { ...forward, policy: "accept" })), []);
    assert.deepEqual(judge(chain("INPUT", { ...forward, hook: "input" })), []);
    assert.deepEqual(judge(chain("forward", forward, { family: "inet", table: "portway" })), []);
    assert.deepEqual(judge(chain("forward", forward, { family: "bridge", table: "filter" })), []);
  });

  test("chains that lead to each other end the look", () => {
    assert.equal(judge(...docker, chain("a"), rule("FORWARD", jump("a")), rule("a", jump("FORWARD"))).length, 1);
  });
});
