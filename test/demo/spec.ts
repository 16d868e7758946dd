// The files of the demo, as a person would write them.
import { issuer } from "./tokens.ts";

/** First: the network and one protected API. */
export const firstFile = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
  relay-2: { roles: [relay], endpoint: relay-2.example.com:51820 }
  api-1: { tags: [api] }
  api-2: { tags: [api] }
  db-1: { tags: [db] }
access: # inside the network; what no rule allows is dropped
  - { from: [role:edge], to: [tag:api], allow: [tcp/8080, icmp] }
  - { from: [tag:api], to: [tag:db], allow: [tcp/5432, icmp] }
  - { from: [role:edge], to: [relay-2], allow: [icmp] }
services:
  orders: { targets: [tag:api], port: 8080 }
policies:
  signed-in:
    jwt: { issuer: "${issuer}", audience: [orders], jwksFile: /etc/portway/jwks.json }
routes:
  - name: orders
    hosts: [api.example.com]
    paths: [/orders/]
    service: orders
    policies: [signed-in]
  - name: limited
    hosts: [api.example.com]
    paths: [/limited/]
    service: orders
    policies: [signed-in]
    use: { rateLimit: { per: clientIp, rate: 5/s, burst: 10 } }
tls: { selfSigned: true }
`;

/** Then: one more route after the other, applied while requests run. */
export const addedPaths = ["/reports/", "/invoices/", "/returns/"] as const;

export const fileWith = (paths: readonly string[]): string =>
  firstFile.replace("tls:", `${paths.map(addedRoute).join("")}tls:`);

const addedRoute = (path: string) => `  - name: ${path.replaceAll("/", "")}
    hosts: [api.example.com]
    paths: [${path}]
    methods: [GET]
    service: orders
    policies: [signed-in]
`;
