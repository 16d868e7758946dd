// What passes have brought: the revision that the machine follows, the machine as the last one found it, and whether one is
// news for those who read the status.
import type { MeshState } from "../wire/mesh.ts";
import type { Actual } from "./overlay/model.ts";
import { type PassResult, planeInUse } from "./reconcile.ts";
import type { AgentState } from "./state.ts";

export interface Passes {
  /** Takes in what a pass brought that followed this state; says what is to be done about it. */
  readonly add: (result: PassResult, state: AgentState, mesh: MeshState) => PassNews;
  /** The revision in force, and the digest of its objects. */
  readonly reached: () => { readonly revision: number; readonly digest?: string };
  readonly actual: () => Actual | undefined;
  /** Why the last one did not succeed. */
  readonly failure: () => Error | undefined;
}

export interface PassNews {
  /** The status tells something else now. */
  readonly isNews: boolean;
  /** A later revision is in force that is the same to this host. */
  readonly isLater: boolean;
  readonly outcome: "done" | "again" | "failed";
}

export function createPasses(): Passes {
  let last: PassResult = { changes: [], failures: [] };
  let reached: ReturnType<Passes["reached"]> = { revision: 0 };
  return {
    add(result, { followed, guarded }, mesh) {
      const before = last;
      last = result;
      const isInForce = result.failures.length === 0 && guarded.held === undefined;
      const isOther = isInForce && reached.digest !== followed.digest;
      const isLater = isInForce && reached.revision !== followed.revision;
      const isNews =
        isOther || failureOf(result) !== failureOf(before) || planes(result, mesh) !== planes(before, mesh);
      if (isInForce) reached = { revision: followed.revision, digest: followed.digest };
      if (result.failures.length > 0) return { isNews, isLater, outcome: "failed" };
      // What went with an interface that was made anew may not all have been known.
      return { isNews, isLater, outcome: remade(result) && !remade(before) ? "again" : "done" };
    },
    reached: () => reached,
    actual: () => last.actual,
    failure: () => last.failures[0],
  };
}

const failureOf = ({ failures }: PassResult) => failures[0]?.message;

/** Where packets of the pairs go that control asks about. */
const planes = ({ actual }: PassResult, { pairs }: MeshState) =>
  actual && pairs.map((pair) => pair.tell && planeInUse(pair, actual)).join();

const remade = ({ changes }: PassResult) => changes.some((one) => one.kind === "createLink");
