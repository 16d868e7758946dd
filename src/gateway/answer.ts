// The header-filter phase: what the target answered, and what plugins change of it.
import { recordOf } from "./record.ts";
import { answerStatus, currentRequest, identity, nowMs } from "./request.ts";

const switchingProtocols = 101;

export function answer(): void {
  const pointer = currentRequest();
  const record = recordOf(identity(pointer));
  if (record === undefined) return;
  const status = answerStatus(pointer);
  if (record.target !== undefined && record.targetMs < 0) {
    if (status < 200 && status !== switchingProtocols) error("portway: the target's answer is not a response");
    record.targetMs = nowMs() - record.targetStartMs;
  }
  const route = record.route;
  if (route === undefined) return;
  const steps = route.answer;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    step.run(record, step.ready);
  }
}
