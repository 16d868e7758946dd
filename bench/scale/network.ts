// A network of any size for the bench: groups of a hundred hosts that talk among themselves, a tenth of them reachable, and
// two relays that everyone may reach.

export const relays = ["relay-1", "relay-2"] as const;
const inGroup = 100;

/** Names of all hosts but the relays. */
export const hostNames = (count: number): readonly string[] =>
  Array.from({ length: count - relays.length }, (_, index) => `host-${Math.floor(index / inGroup)}-${index % inGroup}`);

export interface Change {
  /** The port that groups open among themselves: another one touches every host. */
  readonly port: number;
  /** The last part of the first host's endpoint: another one touches that host's peers alone. */
  readonly endpoint: number;
  /** Whether anybody may open anything: among hosts that may not, joining is quick. */
  readonly open: boolean;
}

export const unchanged: Change = { port: 8080, endpoint: 1, open: true };

/** The file. */
export function fileOf(count: number, { port, endpoint, open }: Change): string {
  const names = hostNames(count);
  const groups = [...new Set(names.map((name) => name.split("-")[1]))];
  const host = (name: string, index: number) => {
    const reachable = index === 0 ? `192.0.2.${endpoint}:51820` : `198.51.${index >> 8}.${index & 255}:51820`;
    return `  ${name}: { tags: [all, group-${name.split("-")[1]}]${index % 10 === 0 ? `, endpoint: "${reachable}"` : ""} }`;
  };
  const rules = [
    "  - { from: [tag:all], to: [role:relay], allow: [tcp/443] }",
    ...groups.map((group) => `  - { from: [tag:group-${group}], to: [tag:group-${group}], allow: [tcp/${port}] }`),
  ];
  return `version: 1
network: { name: scale, ipv4: 10.64.0.0/12 }
hosts:
${relays.map((name, index) => `  ${name}: { roles: [relay], tags: [all], endpoint: "203.0.113.${index + 1}:51820" }`).join("\n")}
${names.map(host).join("\n")}
access:${open ? `\n${rules.join("\n")}` : " []"}
`;
}
