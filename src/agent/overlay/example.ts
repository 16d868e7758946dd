// A relay that is a pair's end itself, for tests: edge-1 with the spokes api-1 and api-2, which also talk to each other.
import type { MeshState } from "../../wire/mesh.ts";
import type { Facts } from "./desired.ts";

export const exampleMesh: MeshState = {
  host: {
    name: "edge-1",
    network: "acme",
    ipv4Prefix: "10.77.0.0/16",
    ipv6Prefix: "fd00:77::/48",
    ipv4: "10.77.0.1",
    ipv6: "fd00:77::1",
    probePort: 51830,
    released: [],
    removalsConfirmedAt: 0,
  },
  keys: [],
  planes: [
    { name: "pw0", listenPort: 51820, mtu: 1420, probeAddress: "fd00:77:0:ff00::1" },
    { name: "pwr", listenPort: 51822, mtu: 1420, probeAddress: "fd00:77:0:ff05::1" },
  ],
  peers: [
    {
      plane: "pw0",
      host: "api-1",
      publicKey: "api-1-direct",
      endpoint: "198.51.100.7:51820",
      keepaliveSeconds: 25,
      allowedIps: ["10.77.0.2/32", "fd00:77:0:ff00::2/128", "fd00:77::2/128"],
      planeRoutes: ["fd00:77:0:ff00::2/128"],
    },
    {
      plane: "pwr",
      host: "api-1",
      publicKey: "api-1-relay",
      keepaliveSeconds: 0,
      allowedIps: ["10.77.0.2/32", "fd00:77:0:ff01::2/128", "fd00:77::2/128"],
      planeRoutes: ["fd00:77:0:ff01::2/128"],
    },
    {
      plane: "pwr",
      host: "api-2",
      publicKey: "api-2-relay",
      keepaliveSeconds: 0,
      allowedIps: ["10.77.0.3/32", "fd00:77:0:ff01::3/128", "fd00:77::3/128"],
      planeRoutes: ["10.77.0.3/32", "fd00:77:0:ff01::3/128", "fd00:77::3/128"],
    },
  ],
  pairs: [
    {
      host: "api-1",
      prefixes: ["10.77.0.2/32", "fd00:77::2/128"],
      paths: [
        { plane: "pw0", kind: "direct", probeAddress: "fd00:77:0:ff00::2" },
        { plane: "pwr", kind: "relay", probeAddress: "fd00:77:0:ff01::2" },
      ],
    },
  ],
  inbound: [
    {
      host: "api-1",
      from: ["10.77.0.2/32", "fd00:77::2/128"],
      allow: [
        { protocol: "icmp" },
        { protocol: "tcp", first: 443, last: 443 },
        { protocol: "udp", first: 5000, last: 5010 },
      ],
    },
  ],
  subnets: [],
  onward: [],
  outward: [],
  forwards: [
    {
      host: "api-1",
      prefixes: ["10.77.0.2/32", "fd00:77::2/128"],
      probe: "fd00:77:0:ff01::2/128",
      pairs: ["api-2"],
      probesOnly: [],
    },
    {
      host: "api-2",
      prefixes: ["10.77.0.3/32", "fd00:77::3/128"],
      probe: "fd00:77:0:ff01::3/128",
      pairs: [],
      probesOnly: [],
    },
  ],
};

export const exampleFacts: Facts = {
  keyOf: ({ name }) => ({ publicKey: `own ${name}`, file: `/keys/${name}` }),
  planeOf: () => undefined,
  resolve: (endpoint) => endpoint,
};
