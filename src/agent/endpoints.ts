// Addresses of endpoints that are names. Passes never wait for DNS: they take what is known, and are called again when
// that changes.
import type { Clock } from "../lib/clock.ts";
import { formatEndpoint, parseEndpoint } from "../net/endpoint.ts";

/** Every address of a name, the preferred first; rejects when there is none. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface Endpoints {
  /** `address:port` of an endpoint; undefined while its name is not resolved. */
  readonly resolve: (endpoint: string) => string | undefined;
  /** Nothing is heard from there: looks the name up again, not too often, and takes its next address. */
  readonly doubt: (endpoint: string) => void;
}

interface Name {
  addresses: readonly string[];
  turn: number;
  askedAt: number;
  pending: boolean;
}

const unknownRetryMs = 2_000;
const doubtMs = 30_000;

/** `onChange` is called after a look-up that changed what `resolve` gives. */
export function createEndpoints(clock: Clock, lookup: Lookup, onChange: () => void): Endpoints {
  const names = new Map<string, Name>();

  const ask = async (host: string, name: Name) => {
    name.pending = true;
    name.askedAt = clock.monotonic();
    const before = current(name);
    try {
      name.addresses = await lookup(host);
    } catch {
      // The addresses that were known stay good until others are.
    }
    name.pending = false;
    if (current(name) !== before) onChange();
  };

  const isDue = (name: Name, everyMs: number) => !name.pending && clock.monotonic() - name.askedAt >= everyMs;

  return {
    resolve(endpoint) {
      const parsed = parseEndpoint(endpoint, 0);
      if (parsed === undefined) return undefined;
      if (isLiteral(parsed.host)) return formatEndpoint(parsed);
      const name = names.get(parsed.host) ?? {
        addresses: [],
        turn: 0,
        askedAt: Number.NEGATIVE_INFINITY,
        pending: false,
      };
      names.set(parsed.host, name);
      const address = current(name);
      if (address === undefined && isDue(name, unknownRetryMs)) void ask(parsed.host, name);
      return address === undefined ? undefined : formatEndpoint({ host: address, port: parsed.port });
    },
    doubt(endpoint) {
      const host = parseEndpoint(endpoint, 0)?.host;
      const name = host === undefined ? undefined : names.get(host);
      if (name === undefined || !isDue(name, doubtMs)) return;
      name.turn++;
      void ask(host!, name);
    },
  };
}

const current = ({ addresses, turn }: Name) => addresses[turn % Math.max(1, addresses.length)];

const isLiteral = (host: string) => host.includes(":") || /^[0-9.]+$/.test(host);
