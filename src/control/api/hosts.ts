// /v1/hosts: who belongs to the network, and who shall not any more.
import { z } from "zod";
import { unknownHost } from "../../plan/unknown-host.ts";
import type { HostDetail, HostsAnswer, RenameAnswer, RenameRequest } from "../../wire/hosts.ts";
import { approveHost, rejectHost } from "../approval.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { confirmRemovals, removeHost } from "../hosts.ts";
import { renameHost } from "../rename.ts";
import { hostDetails, hostViews } from "../views.ts";
import { endpoint } from "./endpoint.ts";
import { hostDetail, hostView, label, revisionAnswer } from "./shapes.ts";

const hostsAnswer = z.object({ hosts: z.array(hostView) }) satisfies z.ZodType<HostsAnswer>;

export const hostsEndpoints = (control: Control) => ({
  hostsList: endpoint({
    summary: "Every host that has joined or that the file names.",
    answer: hostsAnswer,
    handle: (): HostsAnswer => ({ hosts: hostViews(control.scene()) }),
  }),
  hostGet: endpoint({
    summary: "One host, with what its agent and edge said last.",
    answer: hostDetail,
    handle: ({ params }): HostDetail => {
      const hosts = hostDetails(control.scene());
      const found = hosts.find(({ name }) => name === params["name"]);
      if (found) return found;
      const names = hosts.map(({ name }) => name);
      throw unknownHost(params["name"]!, names);
    },
  }),
  hostRemove: endpoint({
    summary: "Take a host out of the network: its credential is void at once.",
    answer: revisionAnswer,
    handle: ({ params, caller }) => removeHost(control, authorOf(caller), params["name"]!, "host.remove"),
  }),
  hostRename: endpoint({
    summary: "Give a host another name; its addresses, identity and tunnels stay.",
    body: z.strictObject({ to: label }) satisfies z.ZodType<RenameRequest>,
    answer: revisionAnswer.extend({ isInFile: z.boolean() }) satisfies z.ZodType<RenameAnswer>,
    handle: ({ params, body, caller }) => renameHost(control, authorOf(caller), params["name"]!, body.to),
  }),
  hostApprove: endpoint({
    summary: "Let a host in that waits for approval.",
    answer: revisionAnswer,
    handle: ({ params, caller }) => approveHost(control, authorOf(caller), params["name"]!),
  }),
  hostReject: endpoint({
    summary: "Turn away a host that waits for approval: its credential is void at once.",
    answer: revisionAnswer,
    handle: ({ params, caller }) => rejectHost(control, authorOf(caller), params["name"]!),
  }),
  hostConfirm: endpoint({
    summary: "Let a host make the removals of peers that it holds.",
    answer: revisionAnswer,
    handle: ({ params, caller }) => confirmRemovals(control, authorOf(caller), params["name"]!),
  }),
});
