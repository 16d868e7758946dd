import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostOf, joined, ruleOf, specOf } from "../../test/plan/spec.ts";
import type { OwnNetwork } from "../wire/networks.ts";
import { plan } from "./plan.ts";

const hosts = { laptop: hostOf(), "office-1": hostOf({ reachable: true, routes: ["192.168.10.0/24"] }) };
const access = [{ ...ruleOf(all, all), to: [], toPrefixes: ["192.168.10.0/24"] }];
const observed = joined(Object.keys(hosts));
const networksOf = (host: string): readonly OwnNetwork[] =>
  host === "laptop"
    ? [
        { prefix: "192.168.10.0/24", link: "wlan0" },
        { prefix: "172.17.0.0/16", link: "docker0" },
      ]
    : [{ prefix: "192.168.10.0/24", link: "eth0" }];

test("a plan names what a new range, or a network behind a host, meets on hosts, and says it once", () => {
  const before = { spec: specOf({ hosts, ipv4: "10.77.0.0/16" }), observed };
  const after = { spec: specOf({ hosts, access, ipv4: "172.17.0.0/16" }), observed, networksOf };
  const told = plan(before, after, 1).risks.filter(({ code }) => ["rangeOverlap", "networkShadowed"].includes(code));
  assert.deepEqual(
    told.map(({ code, subject, part }) => [code, subject, part]),
    [
      ["rangeOverlap", "laptop", "172.17.0.0/16"],
      ["networkShadowed", "laptop", "192.168.10.0/24"],
    ],
  );
  assert.match(told[0]!.text, /^172\.17\.0\.0\/16 \(docker0\) is a network of laptop itself/);
  assert.deepEqual(plan(after, after, 1).risks, []);
});
