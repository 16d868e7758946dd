// A plan as a person reads it: what is added, changed and removed, whom it touches, and what may go wrong.
import type { Change, Plan } from "../wire/plan.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Context } from "./context.ts";

const signs = { add: "+", change: "~", remove: "-" } as const;

export function showPlan(context: Context, plan: Plan): void {
  if (plan.changes.length === 0) {
    context.print("no changes: what runs is what the file says");
    return;
  }
  for (const change of plan.changes) showChange(context, change);
  context.print();
  const hosts = plan.affectedHosts.map((host) => host.host);
  const count = (action: Change["action"]) => plan.changes.filter((change) => change.action === action).length;
  context.print(
    `${count("add")} to add, ${count("change")} to change, ${count("remove")} to remove; hosts told: ${hosts.join(", ") || "none"}`,
  );
  showWarnings(context, plan.risks);
}

export function showWarnings(context: Context, warnings: readonly Warning[]): void {
  for (const warning of warnings) {
    const paint = { info: context.colour.dim, warning: context.colour.warn, critical: context.colour.bad }[
      warning.severity
    ];
    const { subject: about, text } = warning;
    const subject = about === undefined || text.includes(about) ? "" : `${about}: `;
    context.print(`${paint(warning.severity === "info" ? "note" : warning.severity)}: ${subject}${text}`);
    if (warning.hint) context.print(`    ${context.colour.dim(warning.hint)}`);
  }
}

function showChange(context: Context, change: Change): void {
  const paint = { add: context.colour.good, change: context.colour.warn, remove: context.colour.bad }[change.action];
  context.print(`${paint(signs[change.action])} ${change.kind} ${context.colour.strong(change.name)}`);
  for (const detail of change.details) context.print(`    ${detail}`);
}
