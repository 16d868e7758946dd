// portway route: what one request would do.
import type { Command, CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { type Explanation, explainRoute } from "../route-explain/explain.ts";
import { askedRequest } from "../route-explain/request.ts";
import { defaultFile, fileArgument, readSpecFile, refuseInvalid } from "../spec-file.ts";

const explain: Command = {
  summary: "say which route a request takes, and why no other does",
  about:
    "Needs no control: the gateway's own router reads the file. Exit status: 0 a route takes the request, 1 none does.",
  arguments: [
    { name: "<method>", text: "GET, POST, …" },
    { name: "<url>", text: "https://, a host, a path and maybe a query" },
    fileArgument,
  ],
  options: [{ flags: "-H, --header <name:value>", text: "a header of the request", repeat: true }],
  examples: [
    "portway route explain GET https://api.example.com/orders/7",
    "portway route explain POST 'https://api.example.com/orders?dry=1' -H 'X-Version: 2' staging.yaml",
  ],
  run: async (context, [method = "", url = "", file = defaultFile], options) => {
    const request = askedRequest(method.toUpperCase(), url, (options["header"] as readonly string[] | undefined) ?? []);
    const spec = refuseInvalid(context, file, readSpecFile(file));
    const explanation = explainRoute(spec, request);
    const { host, target } = request;
    context.answer({ method: request.method, host, target, ...explanation }, () => show(context, explanation));
    return explanation.route === null ? 1 : 0;
  },
};

export const command: CommandWork = { commands: { explain } };

function show(context: Context, { route, matched, destination, status, note, others }: Explanation): void {
  const { strong, good, bad, dim, warn } = context.colour;
  if (route === null) context.print(`${bad(`no route: ${status}`)}, ${note}`);
  else {
    const { method, host, path } = matched;
    context.print(`${good(strong(route))} takes it: host ${host}, path ${path}, method ${method}; ${destination}`);
    if (note !== "") context.print(warn(note));
  }
  if (others.length === 0) return;
  context.print();
  context.table(
    others.map(({ route, matches, why }) => [strong(route), matches ? "later" : dim("no match"), why]),
    "  ",
  );
}
