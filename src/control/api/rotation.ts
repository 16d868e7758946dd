// /v1/rotation: new keys for hosts, without a lost packet.
import { z } from "zod";
import { AppError } from "../../wire/errors.ts";
import type { RotationAnswer, RotationReport, RotationRequest } from "../../wire/rotation.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { abortRotation, orderRotation } from "../rotation-orders.ts";
import { rotationReport } from "../rotation-report.ts";
import { hostViews } from "../views.ts";
import { endpoint } from "./endpoint.ts";
import { label } from "./shapes.ts";

const rotationRequest = z.object({
  hosts: z.array(label).max(10_000).exactOptional(),
  tag: label.exactOptional(),
  all: z.boolean().exactOptional(),
}) satisfies z.ZodType<RotationRequest>;

const name = z.string();
const rotationReportShape = z.object({
  number: z.number(),
  startedBy: name,
  startedAt: name,
  endedAt: name.exactOptional(),
  abortedBy: name.exactOptional(),
  renewed: z.number(),
  active: z.array(
    z.object({
      host: name,
      plane: name,
      phase: name,
      since: name,
      waitsFor: name.exactOptional(),
      undo: name.exactOptional(),
    }),
  ),
  pending: z.array(z.object({ host: name, planes: z.array(name), waitsFor: name.exactOptional() })),
  failed: z.array(
    z.object({ host: name, plane: name, reason: name, pair: z.tuple([name, name]).readonly().exactOptional() }),
  ),
}) satisfies z.ZodType<RotationReport>;
const rotationAnswer = z.object({ run: rotationReportShape.exactOptional() }) satisfies z.ZodType<RotationAnswer>;

export const rotationEndpoints = (control: Control) => {
  const answer = (run = control.facts().rotation): RotationAnswer =>
    run === undefined ? {} : { run: rotationReport(run, control.rotations.view()) };
  return {
    rotationGet: endpoint({
      summary: "How far the rotation of keys is, and what it waits for.",
      answer: rotationAnswer,
      handle: (): RotationAnswer => answer(),
    }),
    rotationStart: endpoint({
      summary: "Renew the keys of hosts, one plane after the other, without a lost packet.",
      body: rotationRequest,
      answer: rotationAnswer,
      handle: async ({ body, caller }) => answer(await orderRotation(control, authorOf(caller), chosen(control, body))),
    }),
    rotationAbort: endpoint({
      summary: "End the rotation: what can go back to the old key does.",
      answer: rotationAnswer,
      handle: async ({ caller }) => answer(await abortRotation(control, authorOf(caller))),
    }),
  };
};

/** The hosts that a request means; each must have joined. */
function chosen(control: Control, { hosts, tag, all }: RotationRequest): readonly string[] {
  const joined = hostViews(control.scene()).filter((host) => host.joined);
  const unknown = hosts?.find((host) => !joined.some((one) => one.name === host));
  if (unknown !== undefined) {
    throw new AppError("notFound", `no host named ${unknown} has joined`, { hint: "see `portway hosts`" });
  }
  const isMeant = (one: (typeof joined)[number]) =>
    all === true || hosts?.includes(one.name) || (tag !== undefined && one.tags.includes(tag));
  const names = joined.filter(isMeant).map((one) => one.name);
  if (names.length > 0) return names;
  throw new AppError(
    "notFound",
    tag === undefined ? "no host was named" : `no host that has joined has the tag ${tag}`,
    {
      hint: "see `portway hosts`",
    },
  );
}
