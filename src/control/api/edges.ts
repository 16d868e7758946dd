// Questions to all edges, or to one, with their answers checked.
import type { z } from "zod";
import type { SilentEdge } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import type { Question } from "../../wire/stream.ts";
import type { Control } from "../control.ts";

export interface Told<Answer> {
  readonly told: readonly { readonly edge: string; readonly answer: Answer }[];
  readonly silent: readonly SilentEdge[];
}

/** Asks the edge, or without a name each that follows control now; throws when there is none. */
export async function askEdges<Answer>(
  { questions, statuses }: Pick<Control, "questions" | "statuses">,
  edge: string | undefined,
  question: Question,
  schema: z.ZodType<Answer>,
): Promise<Told<Answer>> {
  const edges = edge === undefined ? edgesOf(statuses) : [edge];
  const told: { readonly edge: string; readonly answer: Answer }[] = [];
  const silent: SilentEdge[] = [];
  const ask = async (name: string) => {
    const answered = await questions.ask(name, "edge", question);
    const checked = schema.safeParse("value" in answered ? answered.value : undefined);
    if (checked.success) told.push({ edge: name, answer: checked.data });
    else {
      const unreadable = "its answer cannot be read: are its version and control's alike?";
      silent.push({ edge: name, reason: "reason" in answered ? answered.reason : unreadable });
    }
  };
  await Promise.all(edges.map(ask));
  return { told: told.sort((a, b) => (a.edge < b.edge ? -1 : 1)), silent };
}

function edgesOf(statuses: Control["statuses"]): readonly string[] {
  const edges = [...statuses.all()].filter(([, { streams }]) => streams.includes("edge")).map(([name]) => name);
  if (edges.length > 0) return edges.sort();
  throw new AppError("notRunning", "no edge is connected", { hint: "see `portway status`" });
}
