// Hosts that join control, as many as the bench has.
import { demand, planeKey } from "../../src/control/harness.ts";
import type { Door } from "../../src/lib/http.ts";
import type { Identity } from "../../src/lib/identity.ts";
import { generateHostIdentity } from "../../src/lib/x509.ts";
import type { AuthorityAnswer, TokenCreated } from "../../src/wire/api.ts";
import { capability } from "../../src/wire/capability.ts";
import type { JoinAnswer } from "../../src/wire/join.ts";
import { decodeToken } from "../../src/wire/token.ts";

/** Their identities, and how long each waited for its answer, in ms. */
export interface Joined {
  readonly identities: readonly Identity[];
  readonly times: readonly number[];
}

const timeoutMs = 120_000; // a busy machine is no reason to end

/** Joins them through control's door at `url`, `atOnce` at a time; tokens come by the local one. */
export async function joinAll(local: Door, url: string, names: readonly string[], atOnce = 1): Promise<Joined> {
  const { certificate: caPem } = await demand<AuthorityAnswer>(local, "authority");
  const times: number[] = [];
  const identities: Identity[] = [];
  const queue = names.values();
  const joinOn = async () => {
    for (const name of queue) {
      const { identity, ms } = await joinOne(local, url, caPem, name);
      identities.push(identity);
      times.push(ms);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, joinOn));
  return { identities, times };
}

async function joinOne(local: Door, url: string, caPem: string, name: string) {
  const stranger = { url, ca: caPem, timeoutMs };
  const { privateKeyPem: keyPem, csrPem: csr } = await generateHostIdentity();
  const { token } = await demand<TokenCreated>(local, "tokenCreate", { body: { kind: "join" } });
  const { secret } = decodeToken(token);
  const keys = ["pw0", "pwr", "pwr1", "pwr2", "pwr3"].map((plane) => ({
    plane,
    generation: 1,
    publicKey: planeKey(name, plane),
  }));
  const begun = performance.now();
  const body = { secret, name, csr, keys, capability };
  const { network, certificate: certificatePem } = await demand<JoinAnswer>(stranger, "join", { body });
  const ms = performance.now() - begun;
  return { identity: { name, network, controlUrls: [url], caPem, certificatePem, keyPem } satisfies Identity, ms };
}
