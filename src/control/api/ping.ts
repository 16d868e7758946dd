// GET /v1/hosts/:name/ping: what each path from one host to another takes, measured by the host itself.
import { z } from "zod";
import { unknownHost } from "../../plan/unknown-host.ts";
import type { PingAnswer } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import { type PathPing, pingBounds } from "../../wire/ping.ts";
import type { Control } from "../control.ts";
import { endpoint } from "./endpoint.ts";
import { hostText } from "./host-text.ts";
import { label } from "./shapes.ts";

const pathPing = z.object({
  kind: z.enum(["direct", "relay"]),
  plane: hostText(16),
  via: label.exactOptional(),
  inUse: z.boolean(),
  mtu: z.number().exactOptional(),
  sent: z.number(),
  roundTripsMs: z.array(z.number()).max(1_000),
}) satisfies z.ZodType<PathPing>;

const pingAnswer = z.object({
  from: z.string(),
  to: z.string(),
  paths: z.array(pathPing),
}) satisfies z.ZodType<PingAnswer>;

const pingQuery = z.object({
  to: label,
  count: z.coerce.number().int().min(1).max(pingBounds.most).default(pingBounds.usual),
});

export const pingEndpoints = (control: Pick<Control, "questions" | "facts">) => ({
  hostPing: endpoint({
    summary: "Round trips of probes by each path from this host to another.",
    query: pingQuery,
    answer: pingAnswer,
    handle: async ({ params, query: { to, count } }): Promise<PingAnswer> => {
      const from = params["name"]!;
      if (from === to) {
        throw new AppError("invalidRequest", `${from} is one host: a ping goes between two`, {
          hint: "name another one; see `portway hosts list`",
        });
      }
      const { hosts } = control.facts();
      for (const name of [from, to]) {
        if (hosts.get(name)?.membership === undefined)
          throw unknownHost(name, hosts.keys(), `no host ${name} has joined`);
      }
      const answered = await control.questions.ask(from, "mesh", { kind: "ping", host: to, count });
      if ("reason" in answered) {
        throw new AppError("unreachable", `${from} tells nothing of ${to}: ${answered.reason}`, {
          hint: `\`portway can ${from} ${to} icmp\` tells whether a rule joins them, \`portway status ${from}\` how it is`,
        });
      }
      const { success, data } = z.array(pathPing).safeParse(answered.value);
      if (!success) throw new AppError("unreachable", `what ${from} answers cannot be read`);
      return { from, to, paths: data };
    },
  }),
});
