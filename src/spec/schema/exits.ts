// Ways to the internet through another host: who is one, and who sends what through it.
import { z } from "zod";
import { prefixList } from "../addresses.ts";
import { choice, flag, list, mapping } from "../fields.ts";
import { name } from "../names.ts";

const exitOptions = mapping(
  {
    ipv4: flag("Whether it leads to the internet by IPv4.").prefault(true),
    ipv6: flag("Whether it leads to the internet by IPv6.").prefault(true),
  },
  "An exit host.",
  "write { ipv6: false }",
);

export const exit = z
  .union([flag("An exit host for IPv4 and IPv6."), exitOptions], { error: "write true, or { ipv6: false }" })
  .meta({ description: "Whether hosts with `tunnel` may reach the internet through this one, as access rules say." });

const ranges = (description: string) =>
  prefixList({ description, hint: "write a list of ranges: [198.51.100.0/24]" }, 1);

const tunnelOptions = mapping(
  {
    exits: list(
      name("An exit host."),
      {
        description: "The exit hosts to use, the preferred first; all of the file unless told.",
        hint: "write a list of hosts",
      },
      { min: 1, max: 16 },
    ).optional(),
    only: ranges("What goes through the tunnel; everything unless told.").optional(),
    except: ranges("What does not, besides the networks that the host itself is in.").optional(),
  },
  "What goes through the tunnel, and by whom.",
  "write { exits: [exit-1] }",
);

export const tunnel = z
  .union([choice(["full"], "Everything, through any exit host."), tunnelOptions], {
    error: "write full, or { exits: [exit-1], only: [198.51.100.0/24] }",
  })
  .meta({ description: "What this host sends to the internet through exit hosts; nothing unless told." });
