// nginx as control describes it to an edge, with all that a test or a measurement does not care about filled in.
import type { NginxObject } from "../../src/wire/edge.ts";

/** Without listeners. */
export const plainNginx: NginxObject = {
  http: null,
  https: null,
  trustedProxies: [],
  proxyProtocol: false,
  maxHeaderBytes: 16_384,
  maxBodyBytes: 1_048_576,
  accessLog: false,
  tuning: {},
  certificates: [],
  selfSignedNames: [],
};
