// A file's text on its way into force: planned, shown, agreed to by the person, applied bound to that plan.
import type { ApplyAnswer } from "../wire/api.ts";
import type { Plan } from "../wire/plan.ts";
import { confirmed } from "./confirm.ts";
import type { Context } from "./context.ts";
import { showPlan } from "./show-plan.ts";

export interface Agreement {
  /** The person was asked already. */
  readonly yes: boolean;
  /** Refused unless this revision is in force; that of the plan unless told. */
  readonly expectedRevision?: number;
  /** Also where it cuts hosts off from control. */
  readonly force?: boolean;
}

/** What applying the text would do. */
export const planText = (context: Context, text: string): Promise<Plan> =>
  context.api().call<Plan>("specPlan", { body: { text } });

/** Shows the plan, asks, applies; undefined when the person said no. Nothing is sent when nothing would change. */
export async function applyText(
  context: Context,
  text: string,
  { yes, expectedRevision, force = false }: Agreement,
): Promise<ApplyAnswer | undefined> {
  const plan = await planText(context, text);
  if (!context.json) showPlan(context, plan);
  if (plan.changes.length === 0) return { revision: plan.baseRevision, plan };
  if (!(await confirmed(context, yes, "apply this?"))) {
    context.note("nothing was changed");
    return undefined;
  }
  const body = { text, expectedRevision: expectedRevision ?? plan.baseRevision, ...(force && { force }) };
  const answer = await context.api().call<ApplyAnswer>("specApply", { body });
  context.print(`${context.colour.good("applied")} as revision ${answer.revision}`);
  return answer;
}
