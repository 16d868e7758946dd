// What the schema cannot see: parts of the file that contradict each other, or that can never work. One file a topic.
import { checkAccess } from "./checks/access.ts";
import { checkAnswers } from "./checks/answers.ts";
import { checkCookies } from "./checks/cookies.ts";
import { checkCorsHeaders } from "./checks/cors-headers.ts";
import { checkExits } from "./checks/exits.ts";
import { checkHosts } from "./checks/hosts.ts";
import { checkListeners } from "./checks/listeners.ts";
import { checkMirrors } from "./checks/mirrors.ts";
import { checkPlugins } from "./checks/plugins.ts";
import { checkProtocols } from "./checks/protocols.ts";
import { checkProxies } from "./checks/proxies.ts";
import { checkRanges } from "./checks/ranges.ts";
import { checkRedirectRings } from "./checks/redirect-rings.ts";
import { checkRoutes } from "./checks/routes.ts";
import { checkServices } from "./checks/services.ts";
import { checkShadows } from "./checks/shadows.ts";
import { checkSubnets } from "./checks/subnets.ts";
import { checkTemplates } from "./checks/templates.ts";
import { checkTests } from "./checks/tests.ts";
import { checkTls } from "./checks/tls.ts";
import type { Finding } from "./issue.ts";
import type { Written } from "./schema.ts";
import type { Spec } from "./types.ts";

/** One topic's findings. Lists of the two have the same order, so an index is part of a path in either. */
export type Check = (spec: Spec, written: Written) => Finding[];

const checks: readonly Check[] = [
  checkRanges,
  checkHosts,
  checkAccess,
  checkSubnets,
  checkExits,
  checkTests,
  checkServices,
  checkRoutes,
  checkProtocols,
  checkShadows,
  checkAnswers,
  checkRedirectRings,
  checkMirrors,
  checkCookies,
  checkCorsHeaders,
  checkProxies,
  checkListeners,
  checkPlugins,
  checkTemplates,
  checkTls,
];

/** All findings on a file whose every part is well formed. */
export function checkSpec(spec: Spec, written: Written): Finding[] {
  return checks.flatMap((check) => check(spec, written));
}
