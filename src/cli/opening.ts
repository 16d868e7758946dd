// `tcp/5432` and the like as what one connection opens.
import { parseAllowance } from "../spec/selectors.ts";
import { AppError } from "../wire/errors.ts";

/** Throws AppError for what is no single thing. */
export function openingOf(what: string): { readonly protocol: string; readonly port?: number } {
  const allowance = parseAllowance(what);
  if ("protocol" in allowance && allowance.protocol !== "any") {
    const { protocol, ports } = allowance;
    if (ports === undefined) return { protocol };
    if (ports.first === ports.last) return { protocol, port: ports.first };
  }
  throw new AppError("usage", `${what} is not one thing to open`, { hint: "write tcp/5432, udp/53 or icmp" });
}
