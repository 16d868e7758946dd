// Questions to all edges, or to one, with their answers checked.
import type { z } from "zod";
import { own } from "../../plan/own.ts";
import { unknownHost } from "../../plan/unknown-host.ts";
import type { SilentEdge } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import type { Question } from "../../wire/stream.ts";
import type { Control } from "../control.ts";

export interface Told<Answer> {
  readonly told: readonly { readonly edge: string; readonly answer: Answer }[];
  readonly silent: readonly SilentEdge[];
}

/** What is asked, and what tells an edge from other hosts. */
export type EdgesAsked = Pick<Control, "questions" | "statuses" | "facts" | "specInForce">;

/** Asks the edge, or without a name each that follows control now; throws when there is none. */
export async function askEdges<Answer>(
  { questions, statuses, ...control }: EdgesAsked,
  edge: string | undefined,
  question: Question,
  schema: z.ZodType<Answer>,
): Promise<Told<Answer>> {
  const edges = edge === undefined ? edgesOf(statuses) : [knownEdge(edge, { statuses, ...control })];
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

/** A host that is an edge by the file or by what it runs; one that is away is one too. */
function knownEdge(name: string, { statuses, facts, specInForce }: Omit<EdgesAsked, "questions">): string {
  const state = facts();
  const written = specInForce(state)?.hosts ?? {};
  if (statuses.of(name).streams.includes("edge") || own(written, name)?.roles.includes("edge")) return name;
  const isHost = state.hosts.get(name)?.membership !== undefined || Object.hasOwn(written, name);
  const edges = Object.keys(written).filter((one) => written[one]!.roles.includes("edge"));
  const message = isHost ? `${name} is not an edge` : `there is no host ${name}`;
  throw unknownHost(name, isHost ? [] : edges, message, "`portway status` lists the edges");
}

function edgesOf(statuses: Control["statuses"]): readonly string[] {
  const edges = [...statuses.all()].filter(([, { streams }]) => streams.includes("edge")).map(([name]) => name);
  if (edges.length > 0) return edges.sort();
  throw new AppError("notRunning", "no edge is connected", { hint: "see `portway status`" });
}
