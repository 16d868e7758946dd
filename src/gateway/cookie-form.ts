// A cookie that keeps a client where it is: with a target, or with a service.
import type { RequestRecord } from "./record.ts";
import { addAnswerHeader, answerStatus, currentRequest, variable } from "./request.ts";

export interface CookieForm {
  /** nginx's variable of it. */
  readonly variable: string;
  readonly cookie: string;
  readonly attributes: string;
}

export function cookieForm(cookie: string, maxAgeSeconds: number | undefined): CookieForm {
  const lasting = maxAgeSeconds === undefined ? "" : `; Max-Age=${maxAgeSeconds}`;
  return { variable: `cookie_${cookie}`, cookie, attributes: `; Path=/; HttpOnly; SameSite=Lax${lasting}` };
}

/** Sets it, unless the client has it with this value already, or what it was kept with failed. */
export function tellCookie(request: RequestRecord, form: CookieForm, value: string): void {
  const pointer = currentRequest();
  const status = answerStatus(pointer);
  if (status >= 502 && status <= 504) return;
  if (variable(pointer, form.variable) === value) return;
  const secure = request.isSecure ? "; Secure" : "";
  addAnswerHeader(pointer, "Set-Cookie", `${form.cookie}=${value}${form.attributes}${secure}`);
}
