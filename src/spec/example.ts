// The file that `portway init` writes: as little as works, and the next steps as comments.

export interface ExampleOptions {
  readonly network: string;
  /** The public host's name in the network, and where others reach it. */
  readonly edge: string;
  readonly endpoint: string;
}

/** A valid file that names one public host; with the lines after # taken in, it serves an API too. */
export function exampleSpec({ network, edge, endpoint }: ExampleOptions): string {
  return `# The private network, and what of it is public. After a change: portway validate, portway plan, portway apply.
version: 1
network: { name: ${network}, ipv4: 10.77.0.0/16 }
hosts:
  # The public host: it serves requests, and relays packets between hosts that cannot reach each other.
  ${edge}: { roles: [edge, relay], endpoint: ${JSON.stringify(endpoint)} }
  # A host that joins with \`portway join TOKEN\`; it needs no open port.
  #api-1: { tags: [api] }

# Who may open connections to whom inside the network. What no rule allows is dropped.
#access:
#  - { from: [role:edge], to: [tag:api], allow: [tcp/8080] }

# What is served, by which hosts.
#services:
#  orders: { targets: [tag:api], port: 8080 }

# Which requests go where: https://api.example.com/orders/… goes to the service orders.
#routes:
#  - name: orders
#    hosts: [api.example.com]
#    paths: [/orders/]
#    service: orders
#    use:
#      rateLimit: { per: clientIp, rate: 100/s, burst: 200 }

# Certificates from files on the edge; selfSigned makes its own instead, which only a lab should trust.
#tls:
#  certificates:
#    - { certificate: /etc/portway/api.pem, key: /etc/portway/api.key, names: [api.example.com] }
`;
}
