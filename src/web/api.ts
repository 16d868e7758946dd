// The control API from a browser, with an administrator's token that lives as long as the tab.

const tokenKey = "portway-token";

export const savedToken = (): string | null => sessionStorage.getItem(tokenKey);
export const saveToken = (token: string): void => sessionStorage.setItem(tokenKey, token);
export const forgetToken = (): void => sessionStorage.removeItem(tokenKey);

/** The server did not take the token: sign in again. */
export class SignedOut extends Error {}

/** Asks for one path; throws SignedOut, or an Error with a sentence for the person. */
export async function read<Answer>(path: string, token: string, signal: AbortSignal): Promise<Answer> {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${token}` }, signal });
  if (answer.status === 401) throw new SignedOut("the token is not valid, or has expired");
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Error(problem.detail ?? `control answered ${answer.status}`);
  }
  return (await answer.json()) as Answer;
}
