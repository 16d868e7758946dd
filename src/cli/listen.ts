// Where control listens, as options write it.
import { type HostPort, parseEndpoint } from "../net/endpoint.ts";
import { AppError } from "../wire/errors.ts";

export const defaultPort = 7443;
/** All addresses, IPv4 too. */
export const defaultListen = `[::]:${defaultPort}`;

/** `[::]:7443`, `127.0.0.1:7443`, or an address alone. */
export function parseListen(text: string): HostPort {
  const parsed = parseEndpoint(text, defaultPort);
  if (parsed !== undefined) return parsed;
  throw new AppError("usage", `--listen ${text} is not an address and a port`, {
    hint: `such as ${defaultListen} or 127.0.0.1:${defaultPort}`,
  });
}
