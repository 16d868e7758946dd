// `portway why --header`: a header that makes answers tell what was decided on their requests.
import type { DebugTokenMade, DebugTokenRequest } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import type { Options } from "./command.ts";
import type { Context } from "./context.ts";
import { durationMs } from "./duration.ts";
import { until } from "./when.ts";

const longestMs = 3_600_000;

/** Prints the header's line alone where it is read by another program. */
export async function printDebugHeader(context: Context, id: string | undefined, options: Options): Promise<number> {
  if (id !== undefined || options["host"] !== undefined) {
    throw new AppError("usage", "--header goes with neither a request's id nor --host", {
      hint: "it is for requests that are still to be made, and every edge knows it",
    });
  }
  const route = options["route"] as string | undefined;
  const lasts = options["for"] as string | undefined;
  const body: DebugTokenRequest = {
    ...(route !== undefined && { route }),
    ...(lasts !== undefined && { expiresInMs: lifetime(lasts) }),
  };
  const made = await context.api().call<DebugTokenMade>("debugTokenCreate", { body });
  context.answer(made, () => {
    context.print(`Portway-Debug: ${made.token}`);
    for (const edge of made.behind) context.note(`${edge} does not know it yet`);
    if (!context.terminal) return;
    const requests = made.route === undefined ? "all routes" : `the route ${made.route}`;
    context.note(
      `Answers to requests of ${requests} with it have a header Portway-Why. It ends ${until(made.expiresAt)}.`,
    );
  });
  return 0;
}

function lifetime(text: string): number {
  const ms = durationMs(text, "--for");
  if (ms >= 1000 && ms <= longestMs) return ms;
  throw new AppError("usage", `--for ${text} is not between 1s and 1h`, { hint: "write 10m, or leave it out" });
}

/** Throws for what is said of a header that is not asked for. */
export function refuseHeaderOptions(options: Options): void {
  for (const name of ["route", "for"]) {
    if (options[name] === undefined) continue;
    throw new AppError("usage", `--${name} goes with --header`, {
      hint: "`portway why --header` prints such a header",
    });
  }
}
