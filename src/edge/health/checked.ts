// The services whose targets are looked after: those of the snapshot, and those that listeners alone use.
import type { ServiceObject } from "../../wire/edge-service.ts";
import type { GatewayState, TargetDown, TargetName } from "../../wire/edge-state.ts";

/** What is known of a service for that. */
export type CheckedService = Pick<ServiceObject, "name" | "targets" | "health" | "tls" | "locality">;

/** Both, each name once: a service that is in both has the same targets in both. */
export function checkedServices(
  gateway: readonly CheckedService[],
  listeners: readonly CheckedService[],
): readonly CheckedService[] {
  if (listeners.length === 0) return gateway;
  const known = new Set(gateway.map(({ name }) => name));
  return [...gateway, ...listeners.filter(({ name }) => !known.has(name))];
}

/** One text for each target of each service. */
export const targetKey = ({ service, target }: TargetName) => `${service}\0${target}`;

/** What the gateway says, with what it cannot know: who is down of services that listeners alone use. */
export function withListeners(
  state: GatewayState | undefined,
  gateway: readonly CheckedService[],
  down: readonly TargetDown[],
): GatewayState | undefined {
  const known = new Set(gateway.map(({ name }) => name));
  const others = down.filter(({ service }) => !known.has(service));
  return state && others.length > 0 ? { ...state, down: [...(state.down ?? []), ...others] } : state;
}
