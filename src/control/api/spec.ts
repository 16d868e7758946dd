// /v1/spec: the file in force, and what another would change.
import { z } from "zod";
import type {
  ApplyAnswer,
  ApplyRequest,
  ConfirmAnswer,
  SpecDocument,
  SpecRequest,
  ValidateAnswer,
} from "../../wire/api.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { applySpec, planSpec, validateSpec } from "../spec.ts";
import { confirmSpec } from "../trial.ts";
import { endpoint } from "./endpoint.ts";
import { issue, plan } from "./shapes.ts";

const specRequest = z.strictObject({ text: z.string() }) satisfies z.ZodType<SpecRequest>;

const applyRequest = z.strictObject({
  text: z.string(),
  expectedRevision: z.number().int().nonnegative(),
  force: z.boolean().exactOptional(),
}) satisfies z.ZodType<ApplyRequest>;

const specDocument = z.object({
  text: z.string(),
  revision: z.number(),
  appliedBy: z.string(),
  appliedAt: z.string(),
}) satisfies z.ZodType<SpecDocument>;

const validateAnswer = z.object({ valid: z.boolean(), issues: z.array(issue) }) satisfies z.ZodType<ValidateAnswer>;
const applyAnswer = z.object({ revision: z.number(), plan }) satisfies z.ZodType<ApplyAnswer>;

const confirmAnswer = z.object({ revision: z.number() }) satisfies z.ZodType<ConfirmAnswer>;

const noFile: SpecDocument = { text: "", revision: 0, appliedBy: "", appliedAt: "" };

export const specEndpoints = (control: Control) => ({
  specGet: endpoint({
    summary: "The file in force; revision 0 when there is none yet.",
    answer: specDocument,
    handle: (): SpecDocument => control.facts().spec ?? noFile,
  }),
  specValidate: endpoint({
    summary: "Check a file without applying it.",
    body: specRequest,
    answer: validateAnswer,
    handle: ({ body }): ValidateAnswer => validateSpec(body.text),
  }),
  specPlan: endpoint({
    summary: "What applying a file would change.",
    body: specRequest,
    answer: plan,
    handle: ({ body }) => planSpec(control, body.text),
  }),
  specApply: endpoint({
    summary: "Put a file in force, bound to the revision that was planned with.",
    body: applyRequest,
    answer: applyAnswer,
    handle: ({ body, caller }) => applySpec(control, authorOf(caller), body),
  }),
  specConfirm: endpoint({
    summary: "Keep a file that cuts hosts off from control; it is undone otherwise.",
    answer: confirmAnswer,
    handle: ({ caller }) => confirmSpec(control, authorOf(caller)),
  }),
});
