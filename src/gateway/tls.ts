// Names on TLS connections: one that no certificate serves is refused in the client hello (also when a session is resumed,
// when no certificate is asked for), the certificate is chosen by SNI, and a request may only name hosts that the
// connection's certificate stands for.
import { mayShakeHands } from "./clients/handshakes.ts";
import { current } from "./current.ts";
import type { Certificate, Certificates } from "./world.ts";

/** @noSelf */
interface ClientHello {
  readonly get_client_hello_server_name: () => LuaMultiReturn<[name: string | undefined, error?: string]>;
}

/** @noSelf */
interface NgxSsl {
  readonly server_name: () => LuaMultiReturn<[name: string | undefined, error?: string]>;
  readonly clear_certs: () => LuaMultiReturn<[ok: boolean | undefined, error?: string]>;
  readonly set_cert: (chain: CData) => LuaMultiReturn<[ok: boolean | undefined, error?: string]>;
  readonly set_priv_key: (key: CData) => LuaMultiReturn<[ok: boolean | undefined, error?: string]>;
}

const clientHello: ClientHello = require("ngx.ssl.clienthello");
const ssl: NgxSsl = require("ngx.ssl");

/** The certificate for a name, in any case; a wildcard stands for one label (RFC 6125 section 6.4.3). */
function certificateFor(certificates: Certificates, name: string): Certificate | undefined {
  const exact = certificates.exact[name];
  if (exact !== undefined) return exact;
  const dot = name.indexOf(".");
  if (dot <= 0) return undefined;
  const wildcard = certificates.wildcard[string.sub(name, dot + 2)];
  return wildcard;
}

/** ssl_client_hello: ends the handshake of a client that may have none now, and for a name that is not served, or for none. */
export function greet(): void {
  const [name] = clientHello.get_client_hello_server_name();
  // The name first: who only looks for names leaves nothing in shared memory.
  if (
    name === undefined ||
    certificateFor(current.world.certificates, string.lower(name)) === undefined ||
    !mayShakeHands()
  ) {
    ngx.exit(ngx.ERROR);
  }
}

/** ssl_certificate: the pair of the name that the client asks for. */
export function presentCertificate(): void {
  const [name] = ssl.server_name();
  const certificate = name && certificateFor(current.world.certificates, string.lower(name));
  ssl.clear_certs();
  if (!certificate || !ssl.set_cert(certificate.chain)[0] || !ssl.set_priv_key(certificate.key)[0]) {
    ngx.exit(ngx.ERROR);
  }
}

/** True when a connection opened for `serverName` may carry requests for `host` (421 otherwise, RFC 9110 section 7.4). */
export function mayName(host: string, serverName: string): boolean {
  if (host === serverName) return true;
  const certificates = current.world.certificates;
  const certificate = certificateFor(certificates, host);
  return certificate !== undefined && certificate === certificateFor(certificates, string.lower(serverName));
}
