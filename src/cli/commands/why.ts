// portway why: what the gateway decided on a request and how long each part took; or the last requests that failed.
import type { WhyAnswer } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import { requestIdPattern } from "../../wire/request-id.ts";
import type { WhyTry } from "../../wire/why.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { printDebugHeader, refuseHeaderOptions } from "../debug-header.ts";
import { reasonText } from "../why-reasons.ts";

type Report = WhyAnswer["reports"][number];

export const command: CommandWork = {
  about:
    "Every answer has its request's id in X-Request-Id. Kept are the last 1,000 requests of an edge that were refused, tried again or answered with a status from 500, and the last 1,000 of a sample (edge.why.sample, 1% unless told). Without an id: the last that failed.",
  arguments: [{ name: "[request-id]", text: "the request's X-Request-Id" }],
  options: [
    { flags: "--host <edge>", text: "ask this edge alone" },
    { flags: "--header", text: "print a header instead: an answer to a request with it says all this in Portway-Why" },
    { flags: "--route <route>", text: "with --header: only of requests that this route takes" },
    { flags: "--for <duration>", text: "with --header: how long it is valid, at most 1h; 10m unless told" },
  ],
  examples: [
    "portway why 5f0c1a2b3c4d-17",
    "portway why",
    "portway why --json | jq -r .reports[].refusedBy",
    'curl -i -H "$(portway why --header --route orders)" https://api.example.com/orders/7',
  ],
  run: async (context, [id], options) => {
    if (options["header"] === true) return printDebugHeader(context, id, options);
    refuseHeaderOptions(options);
    const edge = options["host"] as string | undefined;
    if (id !== undefined && !requestIdPattern.test(id)) throw notAnId(id);
    const query = { ...(id !== undefined && { request: id }), ...(edge !== undefined && { edge }) };
    const answer = await context.api().call<WhyAnswer>("why", { query });
    for (const { edge: name, reason } of answer.silent) context.note(`${name} tells nothing: ${reason}`);
    if (id !== undefined && answer.reports.length === 0) throw notKept(id, answer);
    context.answer(answer, () => {
      if (id === undefined && answer.silent.length > 0 && answer.reports.length === 0) return;
      if (id === undefined) showList(context, answer.reports);
      else for (const report of answer.reports) showReport(context, report);
    });
    return answer.silent.length > 0 && answer.reports.length === 0 ? 1 : 0;
  },
};

function notAnId(text: string): AppError {
  return new AppError("usage", `"${text}" is not a request's id`, {
    hint: "every answer has it in the header X-Request-Id: 5f0c1a2b3c4d-17",
  });
}

function notKept(id: string, { silent }: WhyAnswer): AppError {
  return new AppError("notFound", `nothing is kept of the request ${id}`, {
    hint:
      silent.length > 0
        ? "the edge that answered it may be the one that tells nothing now"
        : "it did not fail and was not in the sample (edge.why.sample), or 1,000 others came after it",
  });
}

function showList(context: Context, reports: readonly Report[]): void {
  if (reports.length === 0) {
    context.print("no request has failed lately");
    return;
  }
  const { dim, strong } = context.colour;
  const rows = reports.map((report) => [
    dim(timeOf(report)),
    strong(report.id),
    statusOf(context, report.status),
    `${report.method} ${report.host}${report.path}`,
    report.route ?? "-",
    causeOf(report),
  ]);
  context.table([["TIME", "REQUEST", "STATUS", "ASKED", "ROUTE", "WHY"], ...rows]);
}

function causeOf({ refusedBy, reason, tries = [] }: Report): string {
  if (refusedBy !== undefined) return `${refusedBy}: ${reason}`;
  const failed = tries.filter(({ outcome }) => outcome !== "answered");
  const last = failed.at(-1);
  if (last === undefined) return tries.length > 0 ? `${tries.at(-1)!.target} answered so` : (reason ?? "-");
  return failed.length < tries.length
    ? `${last.target} ${last.outcome}, tried again`
    : `${last.target} ${last.outcome}`;
}

function showReport(context: Context, report: Report): void {
  const { strong, dim, bad } = context.colour;
  const { method, host, path, status, totalMs, route, service, refusedBy, reason, steps = [], tries = [] } = report;
  context.print(`${strong(`${method} ${host}${path}`)}`);
  context.print(`answered with ${statusOf(context, status)} after ${totalMs} ms, ${timeOf(report)}, by ${report.edge}`);
  context.print(route === undefined ? "no route took it" : `route ${strong(route)}, service ${strong(service ?? "-")}`);
  if (refusedBy !== undefined) context.print(bad(`refused by ${refusedBy}: ${reasonText(refusedBy, reason ?? "")}`));
  else if (reason !== undefined) context.print(bad(reasonText(undefined, reason)));
  if (steps.length > 0) context.print();
  const timed = steps.some(({ micros }) => micros !== undefined);
  const rows = steps.map(({ plugin, phase, decision, micros }) => [
    plugin,
    phase,
    decision === "refused" ? bad(decision) : decision === "notRun" ? dim("not run") : decision,
    micros === undefined ? "" : `${micros.toFixed(1)} µs`,
  ]);
  context.table(rows, "  ");
  if (steps.length > 0 && !timed && report.keptAs === "failure")
    context.print(dim("  (not timed: it was not in the sample)"));
  for (const one of tries) showTry(context, one);
  if (report.isCut) context.print(dim("  (not all is told: it was too long to be kept)"));
}

function showTry(context: Context, { target, chosenBy, startMs, ms, outcome, isFailOpen, ...rest }: WhyTry): void {
  const { strong, dim, good, bad } = context.colour;
  const ended = outcome === "answered" ? good("answered") : bad(outcome);
  context.print();
  context.print(`  at ${startMs} ms: ${strong(target)} (${chosenBy}) ${ended} after ${ms} ms`);
  if (isFailOpen) context.print("    no target was healthy: all took part");
  for (const { target: other, reason, detail } of rest.passedOver ?? []) {
    context.print(dim(`    not ${other}: ${passedText(reason)}${detail === undefined ? "" : ` (${detail})`}`));
  }
  if (rest.others !== undefined) context.print(dim(`    nor ${rest.others} more`));
}

const reasons = {
  tried: "it was tried already",
  ejected: "it is left out after errors",
  down: "its health check says that it is down",
  farther: "a nearer one is healthy",
  another: "it could have been chosen too",
} as const;

/** An edge that is newer may say another one. */
const passedText = (reason: string) =>
  Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : reason;

const timeOf = ({ atMs }: Report) => new Date(atMs).toTimeString().slice(0, 8);

function statusOf({ colour }: Context, status: number): string {
  return status >= 500 ? colour.bad(`${status}`) : status >= 400 ? colour.warn(`${status}`) : colour.good(`${status}`);
}
