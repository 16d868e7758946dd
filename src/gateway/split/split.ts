// A route over several services: after the plugins of the route, a request gets the variant of the route that has the service
// of its share, and from there on that is its route: admission, time limits, sticky cookies and the balancer are the
// service's own. A client that shows a cookie or header keeps its service.
import type { SplitConfig } from "../../wire/edge.ts";
import { mixed, textHash } from "../balance/hash.ts";
import type { Key } from "../balance/key.ts";
import { keyOf } from "../balance/key.ts";
import { randomBelow } from "../balance/random.ts";
import type { CookieForm } from "../cookie-form.ts";
import { cookieForm, tellCookie } from "../cookie-form.ts";
import type { RequestRecord } from "../record.ts";
import { currentRequest, variable } from "../request.ts";
import { inTurn } from "../straight.ts";
import type { AccessStep, AnswerStep, Route } from "../world.ts";
import type { Shares } from "./shares.ts";
import { nextShare, sharesOf } from "./shares.ts";

export interface Split {
  readonly shares: Shares;
  /** By place; filled once the variants are made, since each has the split among its steps. */
  readonly routes: Route[];
  /** Places by the token of a cookie. */
  readonly byToken: Readonly<Record<string, number>>;
  readonly cookie: CookieForm | undefined;
  readonly key: Key | undefined;
  /** Another for each route: what a header decides here, it does not decide alike elsewhere. */
  readonly salt: number;
}

const points = 2 ** 31 - 1;

export function splitOf(route: string, { services, keep }: SplitConfig): Split {
  const byToken: Record<string, number> = {};
  services.forEach(({ token, weight }, index) => {
    if (token !== undefined && weight > 0) byToken[token] = index + 1;
  });
  return {
    shares: sharesOf(
      services.map(({ weight }) => weight),
      randomBelow(points) / points,
      inTurn,
    ),
    routes: [],
    byToken,
    cookie: keep?.cookie === undefined ? undefined : cookieForm(keep.cookie, keep.maxAgeSeconds),
    key: keep?.header === undefined ? undefined : keyOf({ on: "header", name: keep.header }),
    salt: textHash(route),
  };
}

function keptPlace(request: RequestRecord, { cookie, byToken, key, salt, shares }: Split): number | undefined {
  if (cookie !== undefined) {
    const token = variable(currentRequest(), cookie.variable);
    return token === undefined ? undefined : byToken[token];
  }
  if (key === undefined) return undefined;
  const hash = key(request);
  return hash < 0 ? undefined : shares.find(mixed(hash % points, salt) / points);
}

function choose(request: RequestRecord, split: Split): number {
  const place = keptPlace(request, split) ?? nextShare(split.shares);
  request.route = split.routes[place - 1]!;
  return 0;
}

export function splitStep(split: Split): AccessStep {
  return { plugin: "split", run: choose, ready: split as never };
}

interface Told {
  readonly cookie: CookieForm;
  readonly token: string;
}

function tell(request: RequestRecord, { cookie, token }: Told): void {
  tellCookie(request, cookie, token);
}

/** Tells the client the token of its service. */
export function keepSteps({ cookie }: Split, token: string | undefined): AnswerStep[] {
  if (cookie === undefined || token === undefined) return [];
  return [{ plugin: "split", run: tell, ready: { cookie, token } as never }];
}
