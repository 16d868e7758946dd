// The control API from a browser, with an administrator's token that lives as long as the tab.

import type { StatusAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";

const tokenKey = "portway-token";

export const savedToken = (): string | null => sessionStorage.getItem(tokenKey);
export const saveToken = (token: string): void => sessionStorage.setItem(tokenKey, token);
export const forgetToken = (): void => sessionStorage.removeItem(tokenKey);

/** The server did not take the token: sign in again. */
export class SignedOut extends Error {}

export interface Overview {
  readonly status: StatusAnswer;
  readonly audit: AuditAnswer;
}

/** What the page shows, in one go; throws SignedOut, or an Error with a sentence for the person. */
export async function readOverview(token: string, signal: AbortSignal): Promise<Overview> {
  const [status, audit] = await Promise.all([
    read<StatusAnswer>("/v1/status", token, signal),
    read<AuditAnswer>("/v1/audit?limit=15", token, signal),
  ]);
  return { status, audit };
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
