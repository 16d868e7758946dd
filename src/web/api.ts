// The control API from a browser, with an administrator's token that lives as long as the tab.

import type { StatusAnswer, TopAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { RoutesAnswer } from "../wire/routes.ts";

const tokenKey = "portway-token";

export const savedToken = (): string | null => sessionStorage.getItem(tokenKey);
export const saveToken = (token: string): void => sessionStorage.setItem(tokenKey, token);
export const forgetToken = (): void => sessionStorage.removeItem(tokenKey);

/** The server did not take the token: sign in again. */
export class SignedOut extends Error {}

export interface Overview {
  readonly status: StatusAnswer;
  readonly audit: AuditAnswer;
  readonly routes: RoutesAnswer;
  /** Absent: no edge tells. */
  readonly top?: TopAnswer;
}

/** What the page shows, in one go; throws SignedOut, or an Error with a sentence for the person. */
export async function readOverview(token: string, signal: AbortSignal): Promise<Overview> {
  const [status, audit, routes, top] = await Promise.all([
    read<StatusAnswer>("/v1/status", token, signal),
    read<AuditAnswer>("/v1/audit?limit=15", token, signal),
    read<RoutesAnswer>("/v1/routes", token, signal),
    read<TopAnswer>("/v1/top", token, signal).catch(() => undefined), // where no edge is connected
  ]);
  return { status, audit, routes, ...(top && { top }) };
}

async function read<Answer>(path: string, token: string, signal: AbortSignal): Promise<Answer> {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${token}` }, signal });
  if (answer.status === 401) throw new SignedOut("the token is not valid, or has expired");
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `control answered ${answer.status}`);
  }
  return (await answer.json()) as Answer;
}
