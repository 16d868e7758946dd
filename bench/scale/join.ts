// Hosts that join control one after the other, as many as the bench has.
import { demand, planeKey } from "../../src/control/harness.ts";
import type { Door } from "../../src/lib/http.ts";
import type { Identity } from "../../src/lib/identity.ts";
import { generateHostIdentity } from "../../src/lib/x509.ts";
import type { AuthorityAnswer, JoinAnswer, TokenCreated } from "../../src/wire/api.ts";
import { capability } from "../../src/wire/capability.ts";
import { decodeToken } from "../../src/wire/token.ts";

/** Their identities, and how long each waited for its answer, in ms. */
export interface Joined {
  readonly identities: readonly Identity[];
  readonly times: readonly number[];
}

/** Joins them through control's door at `url`; tokens come by the local one. */
export async function joinAll(local: Door, url: string, names: readonly string[]): Promise<Joined> {
  const { certificate: caPem } = await demand<AuthorityAnswer>(local, "authority");
  const stranger: Door = { url, ca: caPem };
  const times: number[] = [];
  const identities: Identity[] = [];
  for (const name of names) {
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
    const answer = await demand<JoinAnswer>(stranger, "join", { body });
    times.push(performance.now() - begun);
    identities.push({
      name,
      network: answer.network,
      controlUrls: [url],
      caPem,
      certificatePem: answer.certificate,
      keyPem,
    });
  }
  return { identities, times };
}
