import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostDetail } from "../wire/hosts.ts";
import type { PeerStatus } from "../wire/stream.ts";
import { hostRow, moment, piecesOf, routeRow, subjectOf } from "./rows.ts";

const host = (peers: readonly PeerStatus[], more: Partial<HostDetail> = {}): HostDetail => ({
  name: "api-1",
  joined: true,
  inFile: true,
  roles: [],
  tags: ["api"],
  ipv4: "10.77.1.2",
  ipv6: "fd00::1",
  online: true,
  connected: true,
  keys: [],
  agent: {
    program: "agent",
    capability: 1,
    version: "0.1.0",
    revision: 3,
    wireguard: "kernel",
    peers,
    clockMs: 0,
  },
  ...more,
});

const peer = (name: string, more: Partial<PeerStatus>): PeerStatus => ({
  host: name,
  online: true,
  rxBytes: 0,
  txBytes: 0,
  ...more,
});

test("a host's row shows the fastest of the peers that answer", () => {
  const row = hostRow(
    host([
      peer("slow", { roundTripMs: 40, path: { kind: "direct", plane: "pw0" } }),
      peer("fast", { roundTripMs: 2.25, path: { kind: "relay", plane: "pwr1", via: "edge-1" } }),
      peer("dark", { online: false, roundTripMs: 1 }),
    ]),
  );
  assert.equal(row.path, "relay edge-1 to fast");
  assert.equal(row.roundTrip, "2.3 ms");
  assert.equal(row.peers, "2 of 3");
});

test("a host that has not joined is neither online nor offline", () => {
  assert.equal(hostRow(host([], { joined: false, online: false })).state, "notJoined");
  const waits = { joined: false, online: false, waitingSince: "2026-11-21T12:00:00.000Z" };
  assert.equal(hostRow(host([], waits)).state, "waiting");
});

test("a host that reports and has no peers is not called offline", () => {
  assert.equal(hostRow(host([], { online: false })).state, "noPeers");
  assert.equal(hostRow(host([], { online: false, connected: false })).state, "offline");
});

test("a moment has its date and its time zone", () => {
  assert.equal(moment("2026-11-21T16:05:38.815Z", "en-GB", "Europe/Berlin"), "21 Nov 2026, 17:05:38 CET");
  assert.match(moment("2026-11-21T16:05:38.815Z", "en-US", "UTC"), /^Nov 21, 2026, 04:05:38\sPM UTC$/);
});

test("a warning names its subject once", () => {
  const warning = { code: "hostOffline", severity: "critical", hint: "" } as const;
  assert.equal(subjectOf({ ...warning, subject: "api-1", text: "api-1 is silent" }), undefined);
  assert.equal(subjectOf({ ...warning, subject: "orders", text: "no target answers" }), "orders");
  assert.equal(subjectOf({ ...warning, text: "the desired state could not be computed" }), undefined);
});

test("commands stand alone in the pieces of a sentence", () => {
  assert.deepEqual(piecesOf("make one with `portway token create` here"), [
    "make one with ",
    "portway token create",
    " here",
  ]);
  assert.deepEqual(piecesOf("is the host up?"), ["is the host up?"]);
});

test("a route's row counts the targets of its service and what goes through all edges", () => {
  const target = (name: string, more: object = {}) => ({ service: "orders", target: name, ejected: false, ...more });
  const edge = (...targets: object[]) => host([], { edge: { targets } as unknown as NonNullable<HostDetail["edge"]> });
  const hosts = [
    edge(target("api-1"), target("api-2", { down: "status 503" }), target("web-1", { service: "web" })),
    edge(target("api-1"), target("api-2", { ejected: true })),
  ];
  const route = {
    ...{ name: "orders", hosts: ["api.example.com", "*"], paths: ["/orders/", "/cart"], methods: ["GET"] },
    ...{ destination: "orders", services: ["orders"], plugins: ["jwt", "rateLimit"] },
  };
  const row = (name: string, requestsPerSecond: number, p99Ms: number) => ({
    ...{ name, requestsPerSecond, errorsPerSecond: 0.25, p99Ms },
  });
  const top = {
    edges: [
      { edge: "edge-1", routes: [row("orders", 10, 3), row("web", 99, 99)], services: [] },
      { edge: "edge-2", routes: [row("orders", 2.5, 12.25)], services: [] },
    ],
    silent: [],
  };
  assert.deepEqual(routeRow(route, hosts, top), {
    name: "orders",
    takes: ["api.example.com/orders/", "api.example.com/cart", "any/orders/", "any/cart"],
    methods: "GET",
    destination: "orders",
    targets: "2 of 4: not api-2 (status 503), api-2 (ejected)",
    isShort: true,
    plugins: "jwt, rateLimit",
    requests: "12.5",
    errors: "0.5",
    p99: "12.3 ms",
  });
  const quiet = routeRow({ ...route, services: [], methods: [], plugins: [] }, hosts);
  assert.deepEqual(
    [quiet.targets, quiet.requests, quiet.p99, quiet.methods, quiet.plugins],
    ["–", "–", "–", "all", "none"],
  );
});
