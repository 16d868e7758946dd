// Control: keeps the registry, answers the API, tells hosts what they should hold. It never touches the network itself, and
// everything that runs goes on without it.
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Paths } from "../lib/paths.ts";
import { type KeyedCertificate, type ServerNames, serverNames } from "../lib/x509.ts";
import { formatEndpoint } from "../net/endpoint.ts";
import { openRegistry } from "../registry/open.ts";
import type { Registry } from "../registry/store.ts";
import { AppError } from "../wire/errors.ts";
import { createApi } from "./api/app.ts";
import { createExchanges } from "./api/exchange.ts";
import { openAuthority } from "./authority.ts";
import { type Control, startControl } from "./control.ts";
import { knownError } from "./errors.ts";
import { listenForMetrics } from "./metrics/door.ts";
import { metricsText } from "./metrics/text.ts";
import { type Inherited, type Listening, listenOnNetwork, listenOnSocket, type NetworkDoor } from "./server.ts";
import { demandSameAuthority } from "./settings.ts";

export interface ControlOptions {
  readonly paths: Paths;
  /** Port 0 lets the system choose. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Sockets that a service manager opened for the network (it should be the one of `listen`) and for the local door. */
  readonly inherited?: { readonly network: Inherited; readonly local: Inherited; readonly metrics?: Inherited };
  /** Where Prometheus asks, on loopback and the overlay alone; nowhere unless told. */
  readonly metricsListen?: { readonly host: string; readonly port: number };
  /** `https://name:7443`, as hosts reach this control; empty: the address it listens on. */
  readonly advertise: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningControl {
  /** Where hosts reach it, tried in order. */
  readonly controlUrls: readonly string[];
  readonly port: number;
  readonly socketPath: string;
  /** Undefined: metrics are served nowhere. */
  readonly metricsPort: number | undefined;
  /** Rejects when control cannot go on; resolves when it was closed. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
}

const certificateCheckMs = 24 * 3_600_000;

/** Starts control; throws an AppError when it cannot, for example because another one uses the registry. */
export async function runControl(options: ControlOptions): Promise<RunningControl> {
  const { paths, clock } = options;
  try {
    const registry = await openRegistry(`sqlite:${registryFile(paths)}`, { clock });
    return await serveRegistry(registry, options).catch(async (error) => {
      await registry.close();
      throw error;
    });
  } catch (error) {
    throw knownError(error) ?? error;
  }
}

/** The same over a registry that is open; it is closed in the end. */
export async function serveRegistry(registry: Registry, options: ControlOptions): Promise<RunningControl> {
  const { paths, listen, inherited, clock, log } = options;
  const advertised = options.advertise.map(originOf);
  const authority = await openAuthority(paths.control, clock);
  await demandSameAuthority(registry, authority, clock);
  const names = namesOf(listen.host, advertised);

  let network: NetworkDoor | undefined;
  const controlUrls = () => (advertised.length > 0 ? advertised : [urlOf(listen.host, network?.port ?? listen.port)]);
  const control = await startControl({ registry, authority, clock, log, controlUrls });
  const app = createApi(control);
  const doors: Listening[] = [];
  const close = async () => {
    control.stop();
    await Promise.all(doors.map((door) => door.close()));
    await control.ended;
    await registry.close();
  };
  try {
    const certificate = await authority.serverCertificate(names);
    const tls = { ...certificate, rootPem: authority.rootPem };
    network = await listenOnNetwork(app, inherited?.network ?? listen, tls, createExchanges(control));
    doors.push(network);
    await control.compiled;
    doors.push(await listenOnSocket(app, paths.controlSocket, inherited?.local));
  } catch (error) {
    await close();
    throw cannotListen(error);
  }
  const metrics = await openMetrics(control, options);
  if (metrics !== undefined) doors.push(metrics);
  const renewing = keepCertificate(network, () => authority.serverCertificate(names), control, log);
  log.info({ port: network.port, urls: controlUrls(), authority: authority.fingerprint }, "control is running");
  return {
    controlUrls: controlUrls(),
    port: network.port,
    socketPath: paths.controlSocket,
    metricsPort: metrics?.port,
    ended: Promise.all([control.ended, renewing]).then(() => {}),
    close,
  };
}

/** A port that is taken is no reason to serve nothing: it is logged. */
async function openMetrics(
  control: Control,
  { paths, inherited, metricsListen, log }: ControlOptions,
): Promise<Listening | undefined> {
  const place = inherited?.metrics ?? metricsListen;
  if (place === undefined) return undefined;
  const overlay = () => {
    const network = control.specInForce(control.facts())?.network;
    return network === undefined ? [] : [network.ipv4, network.ipv6];
  };
  const text = () => metricsText(control, registryFile(paths));
  return listenForMetrics({ place, overlay, text, log }).catch((error: Error) => {
    log.error({ reason: error.message }, "no metrics");
    return undefined;
  });
}

const registryFile = (paths: Paths) => join(paths.control, "registry.db");

async function keepCertificate(
  door: NetworkDoor,
  certificate: () => Promise<KeyedCertificate>,
  { clock, stopping }: Control,
  log: Log,
): Promise<void> {
  while (!stopping.aborted) {
    await clock.sleep(certificateCheckMs, stopping);
    if (stopping.aborted) return;
    try {
      door.renewWith(await certificate());
    } catch (error) {
      log.error({ err: error }, "the server certificate could not be renewed");
    }
  }
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && url.pathname === "/" && url.search === "") return url.origin;
  throw new AppError("usage", `not a control URL: ${text}`, { hint: "it reads https://name:7443" });
}

const wildcards = ["0.0.0.0", "::"];

function namesOf(listenHost: string, urls: readonly string[]): ServerNames {
  const advertised = urls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ""));
  const listened = wildcards.includes(listenHost) ? [] : [listenHost];
  return serverNames([...new Set([...advertised, ...listened, "localhost", "127.0.0.1", "::1"])]);
}

const urlOf = (host: string, port: number) =>
  `https://${formatEndpoint({ host: wildcards.includes(host) ? "localhost" : host, port })}`;

function cannotListen(error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall !== "listen" && syscall !== "bind") return error;
  return new AppError("notRunning", `cannot listen: ${message}`, {
    cause: error,
    ...(code === "EADDRINUSE" && { hint: "another program has that port; is it another control?" }),
  });
}
