// portway top: what goes through the gateway now, by route and by service, until Ctrl-C.
import type { TopAnswer } from "../../wire/api.ts";
import { clientsText } from "../../wire/edge-text.ts";
import type { TopRow } from "../../wire/top.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";

const everyMs = 2_000;
const mostRows = 20;
/** To the terminal's first place, and all that is there away (ECMA-48 sections 8.3.21 and 8.3.39). */
const clear = "\x1b[H\x1b[2J";

export const command: CommandWork = {
  about:
    "Rates are of the last ten seconds, times of the last minute, right to 5 %. Of several edges rates are added, and the slowest edge's times are shown. One table with --once, with --json, and where there is no terminal.",
  options: [
    { flags: "--once", text: "show it once and end" },
    { flags: "--host <edge>", text: "of this edge alone" },
  ],
  examples: ["portway top", "portway top --once --json | jq -r .edges[].routes[].name"],
  run: async (context, _words, options) => {
    const edge = options["host"] as string | undefined;
    const look = () => context.api().call<TopAnswer>("top", { query: { ...(edge !== undefined && { edge }) } });
    const isLive = context.terminal && !context.json && options["once"] !== true;
    for (;;) {
      const answer = await look();
      if (isLive) context.raw(clear);
      context.answer(answer, () => show(context, answer));
      for (const { edge: name, reason } of answer.silent) context.note(`${name} tells nothing: ${reason}`);
      if (!isLive) return answer.edges.length > 0 ? 0 : 1;
      await pause(context.stop);
      if (context.stop.aborted) return 0;
    }
  },
};

function pause(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, everyMs);
    stop.addEventListener("abort", done);
    if (stop.aborted) done();
  });
}

function show(context: Context, { edges }: TopAnswer): void {
  const { strong, dim } = context.colour;
  const routes = together(edges.map((edge) => edge.routes));
  const services = together(edges.map((edge) => edge.services));
  const total = (of: "requestsPerSecond" | "errorsPerSecond") => routes.reduce((sum, row) => sum + row[of], 0);
  const clients = clientsText({
    givenUpPerSecond: edges.reduce((sum, edge) => sum + (edge.givenUpPerSecond ?? 0), 0),
    floodsPerSecond: edges.reduce((sum, edge) => sum + (edge.floodsPerSecond ?? 0), 0),
  });
  const names = edges.map(({ edge }) => edge).join(", ") || "no edge";
  const [requests, errors] = [total("requestsPerSecond").toFixed(1), total("errorsPerSecond").toFixed(1)];
  context.print(
    `${strong(names)}  ${[`${requests} requests/s`, `${errors} errors/s`, ...clients].join(", ")}  ${dim(new Date().toTimeString().slice(0, 8))}`,
  );
  showRows(context, "ROUTE", routes);
  showRows(context, "SERVICE", services);
}

function showRows(context: Context, title: string, rows: readonly TopRow[]): void {
  const { strong, bad, dim } = context.colour;
  context.print();
  if (rows.length === 0) {
    context.print(dim(`no ${title.toLowerCase()} had a request in the last ten seconds`));
    return;
  }
  context.table([
    [title, "REQUESTS", "ERRORS", "P50", "P99"],
    ...rows
      .slice(0, mostRows)
      .map(({ name, requestsPerSecond, errorsPerSecond, p50Ms, p99Ms }) => [
        strong(name === "-" ? "(no route)" : name),
        `${requestsPerSecond.toFixed(1)}/s`,
        errorsPerSecond > 0 ? bad(`${errorsPerSecond.toFixed(1)}/s`) : "0/s",
        timeText(p50Ms),
        timeText(p99Ms),
      ]),
  ]);
  if (rows.length > mostRows) context.print(dim(`and ${rows.length - mostRows} more`));
}

const timeText = (ms: number | undefined) => (ms === undefined ? "-" : `${ms < 1 ? "<1" : Math.round(ms)} ms`);

/** Rows of one name as one, the most frequent first. */
function together(lists: readonly (readonly TopRow[])[]): readonly TopRow[] {
  const rows = new Map<string, TopRow>();
  for (const row of lists.flat()) {
    const other = rows.get(row.name);
    rows.set(row.name, other === undefined ? row : added(other, row));
  }
  return [...rows.values()].sort((a, b) => b.requestsPerSecond - a.requestsPerSecond);
}

function added(a: TopRow, b: TopRow): TopRow {
  const slower = (x: number | undefined, y: number | undefined) => Math.max(x ?? 0, y ?? 0);
  const isTimed = a.p50Ms !== undefined || b.p50Ms !== undefined;
  return {
    name: a.name,
    requestsPerSecond: a.requestsPerSecond + b.requestsPerSecond,
    errorsPerSecond: a.errorsPerSecond + b.errorsPerSecond,
    ...(isTimed && { p50Ms: slower(a.p50Ms, b.p50Ms), p99Ms: slower(a.p99Ms, b.p99Ms) }),
  };
}
