// Addresses of endpoints that are names. A pass waits a moment for names that are new, since WireGuard sits out five
// seconds after a handshake that it could send nowhere; otherwise it takes what is known, and is called again when that
// changes. Ports of one host take its addresses each by itself: one that does not answer moves no other.
import type { Clock } from "../lib/clock.ts";
import { formatEndpoint, type HostPort, parseEndpoint } from "../net/endpoint.ts";

/** Every address of a name, the preferred first; rejects when there is none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface Endpoints {
  /** Waits for the first look-up of each name, a second at most. */
  readonly ready: (endpoints: readonly string[]) => Promise<void>;
  /** `address:port` of an endpoint; undefined while its name is not resolved. */
  readonly resolve: (endpoint: string) => string | undefined;
  /** A peer is added there: until it had its chance to answer, nobody doubts the place. */
  readonly begin: (endpoint: string) => void;
  /** Nothing is heard from there: looks the name up again, not too often, and takes its next address for this port. */
  readonly doubt: (endpoint: string) => void;
}

interface Name {
  addresses: readonly string[];
  readonly ports: Map<number, Turn>;
  askedAt: number;
  answer: Promise<void>;
  pending: boolean;
}

/** Which address a port takes, since when; monotonic ms. */
interface Turn {
  readonly count: number;
  readonly since: number;
}

const readyMs = 1_000;
const unknownRetryMs = 2_000;
const doubtMs = 5_000;

/** `onChange` is called after a look-up that changed what `resolve` gives. */
export function createEndpoints(clock: Clock, lookup: Lookup, onChange: () => void): Endpoints {
  const names = new Map<string, Name>();

  const ask = async (host: string, name: Name) => {
    const before = name.addresses;
    // The addresses that were known stay good until others are, and in their order: some name servers turn them round.
    const found = await lookup(host).catch(() => before);
    const isSame = found.toSorted().join() === before.toSorted().join();
    name.pending = false;
    if (isSame) return;
    name.addresses = found;
    onChange();
  };
  const start = (host: string, name: Name) => {
    Object.assign(name, { pending: true, askedAt: clock.monotonic() });
    name.answer = ask(host, name);
  };
  const isDue = (name: Name, everyMs: number) => !name.pending && clock.monotonic() - name.askedAt >= everyMs;
  const track = (host: string): Name => {
    const known = names.get(host);
    if (known !== undefined) return known;
    const name: Name = { addresses: [], ports: new Map(), askedAt: 0, answer: Promise.resolve(), pending: false };
    names.set(host, name);
    start(host, name);
    return name;
  };

  const turnOf = (name: Name, port: number): Turn => {
    // A port that is new begins where the others are.
    const [other] = name.ports.values();
    const known = name.ports.get(port) ?? { count: other?.count ?? 0, since: clock.monotonic() };
    name.ports.set(port, known);
    return known;
  };

  return {
    async ready(endpoints) {
      const hosts = endpoints.flatMap((endpoint) => nameOf(endpoint)?.host ?? []).filter((host) => !names.has(host));
      if (hosts.length === 0) return;
      const end = new AbortController();
      const answers = Promise.all(hosts.map((host) => track(host).answer));
      await Promise.race([answers, clock.sleep(readyMs, end.signal)]);
      end.abort();
    },
    resolve(endpoint) {
      const asked = nameOf(endpoint);
      if (asked === undefined) return literalOf(endpoint);
      const name = track(asked.host);
      const address = name.addresses[turnOf(name, asked.port).count % Math.max(1, name.addresses.length)];
      if (address !== undefined) return formatEndpoint({ host: address, port: asked.port });
      if (isDue(name, unknownRetryMs)) start(asked.host, name);
      return undefined;
    },
    begin(endpoint) {
      const asked = nameOf(endpoint);
      if (asked === undefined) return;
      const { ports } = track(asked.host);
      const turn = ports.get(asked.port);
      if (turn !== undefined) ports.set(asked.port, { ...turn, since: clock.monotonic() });
    },
    doubt(endpoint) {
      const asked = nameOf(endpoint);
      if (asked === undefined) return;
      const name = track(asked.host);
      const { count, since } = turnOf(name, asked.port);
      if (clock.monotonic() - since < doubtMs) return;
      name.ports.set(asked.port, { count: count + 1, since: clock.monotonic() });
      if (isDue(name, doubtMs)) start(asked.host, name);
    },
  };
}

/** The endpoint's parts if its host is a name. */
function nameOf(endpoint: string): HostPort | undefined {
  const parsed = parseEndpoint(endpoint, 0);
  return parsed !== undefined && !isLiteral(parsed.host) ? parsed : undefined;
}

function literalOf(endpoint: string): string | undefined {
  const parsed = parseEndpoint(endpoint, 0);
  return parsed && formatEndpoint(parsed);
}

const isLiteral = (host: string) => host.includes(":") || /^[0-9.]+$/.test(host);
