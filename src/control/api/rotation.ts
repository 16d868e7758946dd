// /v1/rotation: new keys for hosts, without a lost packet.
import { z } from "zod";
import type { PendingHost } from "../../plan/rotation/run.ts";
import { unknownHost } from "../../plan/unknown-host.ts";
import { AppError } from "../../wire/errors.ts";
import type { RotationAnswer, RotationReport, RotationRequest } from "../../wire/rotation.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { keysDue } from "../key-ages.ts";
import { abortRotation, orderRotation, pendingOf } from "../rotation-orders.ts";
import { hostViews } from "../views.ts";
import { endpoint } from "./endpoint.ts";
import { label } from "./shapes.ts";

const rotationRequest = z.object({
  hosts: z.array(label).max(10_000).exactOptional(),
  tag: label.exactOptional(),
  all: z.boolean().exactOptional(),
  due: z.boolean().exactOptional(),
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
const agedKey = z.object({ host: name, plane: name, since: name });
export const rotationAnswer = z.object({
  run: rotationReportShape.exactOptional(),
  keys: z.object({
    everyMs: z.number().exactOptional(),
    inUse: z.number(),
    oldest: agedKey.exactOptional(),
    due: z.array(agedKey),
  }),
}) satisfies z.ZodType<RotationAnswer>;

export const rotationEndpoints = (control: Control) => ({
  rotationGet: endpoint({
    summary: "How far the rotation of keys is, what it waits for, and how old keys are.",
    answer: rotationAnswer,
    handle: (): RotationAnswer => control.rotation(),
  }),
  rotationStart: endpoint({
    summary: "Renew the keys of hosts, one plane after the other, without a lost packet.",
    body: rotationRequest,
    answer: rotationAnswer,
    handle: async ({ body, caller }): Promise<RotationAnswer> =>
      control.rotation(await orderRotation(control, authorOf(caller), chosen(control, body))),
  }),
  rotationAbort: endpoint({
    summary: "End the rotation: what can go back to the old key does.",
    answer: rotationAnswer,
    handle: async ({ caller }): Promise<RotationAnswer> =>
      control.rotation(await abortRotation(control, authorOf(caller))),
  }),
});

/** What a request means; each host must have joined. */
function chosen(control: Control, { hosts, tag, all, due }: RotationRequest): readonly PendingHost[] {
  if (due === true) return dueHosts(control);
  const joined = hostViews(control.scene()).filter((host) => host.joined);
  const unknown = hosts?.find((host) => !joined.some((one) => one.name === host));
  if (unknown !== undefined) {
    const names = joined.map(({ name }) => name);
    throw unknownHost(unknown, names, `no host named ${unknown} has joined`);
  }
  const isMeant = (one: (typeof joined)[number]) =>
    all === true || hosts?.includes(one.name) || (tag !== undefined && one.tags.includes(tag));
  const meant = joined.filter(isMeant).map((one) => ({ host: one.name }));
  if (meant.length > 0) return meant;
  const what = tag === undefined ? "no host was named" : `no host that has joined has the tag ${tag}`;
  throw new AppError("notFound", what, { hint: "see `portway hosts`" });
}

function dueHosts(control: Control): readonly PendingHost[] {
  const spec = control.specInForce(control.facts());
  const topology = control.rotations.topology();
  if (spec?.network.rotation === undefined || topology === undefined) {
    throw new AppError("invalidRequest", "the file has no schedule, so no key is ever due", {
      hint: "write network: { rotation: { every: 30d } }, or name hosts",
    });
  }
  return pendingOf(keysDue(control.facts(), topology, spec, control.clock.now()));
}
