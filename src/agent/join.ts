// Makes this machine a host of a network: keys made here, control's root pinned by the token's fingerprint, the token
// redeemed for a certificate.

import { problemOf } from "../host/control-client.ts";
import { exec } from "../lib/exec.ts";
import { fingerprintOfCertificate } from "../lib/fingerprint.ts";
import { ConnectionFailed, type Door, request } from "../lib/http.ts";
import { readIdentity, writeIdentity } from "../lib/identity.ts";
import type { Paths } from "../lib/paths.ts";
import type { AuthorityAnswer } from "../wire/api.ts";
import { apiRoutes } from "../wire/api-routes.ts";
import { capability } from "../wire/capability.ts";
import { AppError } from "../wire/errors.ts";
import type { JoinAnswer, JoinRequest } from "../wire/join.ts";
import { decodeToken, type TokenContents } from "../wire/token.ts";
import { ensureKeys } from "./keys.ts";
import { ownNetworks, readOwnRoutes } from "./machine/own-networks.ts";

export interface JoinOptions {
  readonly token: string;
  /** The host's name in the network. */
  readonly name: string;
  readonly paths: Paths;
  /** Control forgot this host: the identity that it has is replaced once the new one is there. */
  readonly anew?: boolean;
  /** For each step of the two: reaching control, and redeeming the token. */
  readonly timeoutMs?: number;
}

/** Joins; afterwards the agent can start. Throws AppError: of the token, of control, or `unreachable`. */
export async function join({ token, name, paths, anew = false, timeoutMs = 15_000 }: JoinOptions): Promise<JoinAnswer> {
  const contents = decodeToken(token);
  const member = readIdentity(paths.identity);
  if (member !== undefined && !anew) {
    throw new AppError("usage", `this host is a member of ${member.network} already, as ${member.name}`, {
      hint: "take it out first: portway leave",
    });
  }
  const { url, rootPem } = await findControl(contents, timeoutMs);
  // Loading certificates' code costs memory that the agent, which shares this folder, does not want to pay.
  const { generateHostIdentity } = await import("../lib/x509.ts");
  const identity = await generateHostIdentity();
  // A machine that cannot tell joins all the same: its agent tells later.
  const networks = await readOwnRoutes(exec).then(ownNetworks, () => undefined);
  const asked: JoinRequest = {
    secret: contents.secret,
    ca: contents.ca,
    name,
    csr: identity.csrPem,
    keys: ensureKeys(paths.agent).map(({ plane, publicKey, generation }) => ({ plane, publicKey, generation })),
    capability,
    ...(networks && { networks }),
  };
  const answer = await redeem({ url, ca: rootPem }, asked, timeoutMs);
  writeIdentity(paths.identity, {
    name: answer.name,
    network: answer.network,
    controlUrls: answer.controlUrls,
    caPem: rootPem,
    certificatePem: answer.certificate,
    keyPem: identity.privateKeyPem,
  });
  return answer;
}

/** The first of the token's controls that answers, and its root, if that is the one the token names. */
async function findControl({ urls, ca }: TokenContents, timeoutMs: number) {
  const failures: string[] = [];
  for (const url of urls) {
    const rootPem = await fetchRoot(url, timeoutMs).catch((error: Error) => {
      failures.push(error.message);
    });
    if (rootPem === undefined) continue;
    if (fingerprint(rootPem) === ca) return { url, rootPem };
    throw new AppError("wrongAuthority", `${url} is not the control that made this token: its authority is another`, {
      hint: "the token may be for another network, or something between here and control answers in its place",
    });
  }
  throw new AppError("unreachable", `control cannot be reached: ${failures.join("; ")}`, {
    hint: `is ${new URL(urls[0]!).host} right, is control running, and may this host connect to that port?`,
  });
}

/** Anybody could answer this: what comes is believed only if its fingerprint is the token's. */
async function fetchRoot(url: string, timeoutMs: number): Promise<string> {
  const reply = await request({ url, path: apiRoutes.authority.path, trustAnyone: true, timeoutMs });
  if (reply.status !== 200) throw new Error(`${url}: answered ${reply.status}`);
  try {
    return (JSON.parse(reply.body) as AuthorityAnswer).certificate;
  } catch {
    throw new Error(`${url}: what answers there is not control`);
  }
}

function fingerprint(pem: unknown): string | undefined {
  try {
    return fingerprintOfCertificate(String(pem));
  } catch {
    return undefined;
  }
}

async function redeem(door: Door, body: JoinRequest, timeoutMs: number): Promise<JoinAnswer> {
  const { method, path } = apiRoutes.join;
  const headers = { "content-type": "application/json" };
  const reply = await request({ ...door, method, path, headers, body: JSON.stringify(body), timeoutMs }).catch(explain);
  if (reply.status >= 400) throw problemOf(reply.body);
  return JSON.parse(reply.body) as JoinAnswer;
}

function explain(error: unknown): never {
  if (!(error instanceof ConnectionFailed)) throw error;
  const untrusted = error.reason === "untrusted";
  throw new AppError(untrusted ? "wrongAuthority" : "unreachable", `control cannot be reached: ${error.message}`, {
    cause: error,
    hint: untrusted
      ? "is this machine's clock right, and is the name in the URL one that control serves? See: portway token create --help"
      : "the token may have been used up all the same: if it is refused now, make another",
  });
}
