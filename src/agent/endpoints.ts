// Addresses of endpoints that are names. A pass waits a moment for names that are new, since WireGuard sits out five
// seconds after a handshake that it could send nowhere; otherwise it takes what is known, and is called again when that
// changes.
import type { Clock } from "../lib/clock.ts";
import { formatEndpoint, type HostPort, parseEndpoint } from "../net/endpoint.ts";

/** Every address of a name, the preferred first; rejects when there is none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface Endpoints {
  /** Waits for the first look-up of each name, a second at most. */
  readonly ready: (endpoints: readonly string[]) => Promise<void>;
  /** `address:port` of an endpoint; undefined while its name is not resolved. */
  readonly resolve: (endpoint: string) => string | undefined;
  /** Nothing is heard from there: looks the name up again, not too often, and takes its next address. */
  readonly doubt: (endpoint: string) => void;
}

interface Name {
  addresses: readonly string[];
  turn: number;
  askedAt: number;
  answer: Promise<void>;
  pending: boolean;
}

const readyMs = 1_000;
const unknownRetryMs = 2_000;
const doubtMs = 5_000;

/** `onChange` is called after a look-up that changed what `resolve` gives. */
export function createEndpoints(clock: Clock, lookup: Lookup, onChange: () => void): Endpoints {
  const names = new Map<string, Name>();

  const ask = async (host: string, name: Name) => {
    const before = current(name);
    // The addresses that were known stay good until others are.
    name.addresses = await lookup(host).catch(() => name.addresses);
    name.pending = false;
    if (current(name) !== before) onChange();
  };
  const start = (host: string, name: Name) => {
    Object.assign(name, { pending: true, askedAt: clock.monotonic() });
    name.answer = ask(host, name);
  };
  const isDue = (name: Name, everyMs: number) => !name.pending && clock.monotonic() - name.askedAt >= everyMs;
  const track = (host: string): Name => {
    const known = names.get(host);
    if (known !== undefined) return known;
    const name: Name = { addresses: [], turn: 0, askedAt: 0, answer: Promise.resolve(), pending: false };
    names.set(host, name);
    start(host, name);
    return name;
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
      const address = current(name);
      if (address !== undefined) return formatEndpoint({ host: address, port: asked.port });
      if (isDue(name, unknownRetryMs)) start(asked.host, name);
      return undefined;
    },
    doubt(endpoint) {
      const host = nameOf(endpoint)?.host;
      if (host === undefined) return;
      const name = track(host);
      if (!isDue(name, doubtMs)) return;
      name.turn++;
      start(host, name);
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

const current = ({ addresses, turn }: Name) => addresses[turn % Math.max(1, addresses.length)];

const isLiteral = (host: string) => host.includes(":") || /^[0-9.]+$/.test(host);
