// portway rotate: new WireGuard keys for hosts, without a lost packet.

import { AppError } from "../../wire/errors.ts";
import type { RotationAnswer, RotationRequest } from "../../wire/rotation.ts";
import type { CommandWork, Options } from "../command.ts";
import { showRotation, watchRotation } from "../watch-rotation.ts";

export const command: CommandWork = {
  about:
    "Host after host and plane after plane: packets move to another path that is proven, the key is replaced, the new one is proven, packets move back. Never both ends of a pair at once. A host that is unreachable is left for when it is back; a step that cannot be proven in 30 s goes back to the old key and says between whom. Control carries it on by itself, also after a restart. Without a name: how far it is and how old keys are. Exit status with --watch: 0, or 1 when a key is still the old one.",
  arguments: [{ name: "[hosts...]", text: "hosts to renew the keys of" }],
  options: [
    { flags: "--tag <tag>", text: "all hosts with this tag" },
    { flags: "--all", text: "all hosts" },
    { flags: "--due", text: "the keys that are due by the file's schedule (network: { rotation: { every: 30d } })" },
    { flags: "--abort", text: "end it: steps that are under way go back to the old key" },
    { flags: "--watch", text: "show each step until it is over" },
  ],
  examples: ["portway rotate api-1 --watch", "portway rotate --all", "portway rotate --abort --watch"],
  run: async (context, hosts, options) => {
    const request = requestOf(hosts, options);
    const api = context.api();
    if (request === undefined && options["abort"] !== true) {
      if (options["watch"] === true) return watchRotation(context);
      const answer = await api.call<RotationAnswer>("rotationGet");
      context.answer(answer, () => showRotation(context, answer));
      return 0;
    }
    if (request !== undefined && options["abort"] === true) {
      throw new AppError("usage", "--abort goes with no hosts", { hint: "it ends the whole rotation" });
    }
    const answer = request
      ? await api.call<RotationAnswer>("rotationStart", { body: request })
      : await api.call<RotationAnswer>("rotationAbort");
    if (options["watch"] === true) return watchRotation(context);
    context.answer(answer, () => showRotation(context, answer));
    return 0;
  },
};

function requestOf(hosts: readonly string[], options: Options): RotationRequest | undefined {
  const asked: RotationRequest[] = [
    ...(hosts.length > 0 ? [{ hosts }] : []),
    ...(typeof options["tag"] === "string" ? [{ tag: options["tag"] }] : []),
    ...(options["all"] === true ? [{ all: true }] : []),
    ...(options["due"] === true ? [{ due: true }] : []),
  ];
  if (asked.length > 1) {
    throw new AppError("usage", "hosts, --tag, --all and --due go one at a time", {
      hint: "name hosts, or give one of the options",
    });
  }
  return asked[0];
}
