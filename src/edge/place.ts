// Where nginx finds and keeps things on this host, and the folders it needs for that.
import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Paths } from "../lib/paths.ts";
import { hopFolder } from "./https-hop.ts";
import { gatewayBuild, groupOf, publicAddresses, workerAccount } from "./machine.ts";
import { brotliModule } from "./nginx-compression.ts";
import type { Place } from "./nginx-conf.ts";
import { selfSignedFiles } from "./self-signed.ts";

export interface PlaceOptions {
  readonly paths: Paths;
  readonly node: string;
  /** Folder that holds gateway/*.lua; the one this build made unless told. */
  readonly luaRoot?: string;
  /** Addresses to listen on; all unless told. */
  readonly addresses?: readonly string[];
}

/** A name that nobody can ask for: its certificate is there because nginx wants one. */
export const fallbackName = "fallback.invalid";
const debianModules = "/usr/lib/nginx/modules";
const builtLua = new URL("../../build/lua", import.meta.url).pathname;

export const selfSignedFolder = (paths: Paths) => join(paths.edge, "self-signed");

export function placeOf({ paths, node, luaRoot = builtLua, addresses }: PlaceOptions): Place {
  const account = workerAccount();
  const fallback = selfSignedFiles(selfSignedFolder(paths), fallbackName);
  return {
    node,
    build: gatewayBuild(luaRoot),
    modules: debianModules,
    hasBrotli: existsSync(join(debianModules, brotliModule)),
    luaRoot,
    ...(account !== undefined && { user: account }),
    addresses: addresses ?? publicAddresses(),
    pidFile: join(dirname(paths.nginxSocket), "nginx.pid"),
    errorLog: join(paths.edge, "logs", "error.log"),
    accessLog: join(paths.edge, "logs", "access.log"),
    temporary: join(paths.edge, "temporary"),
    socket: paths.nginxSocket,
    stateFile: join(paths.edge, "snapshot.json"),
    fallbackCertificate: fallback.certificate,
    fallbackKey: fallback.key,
  };
}

/** Makes the folders. nginx gives its socket to everyone, so the socket's folder is the edge's alone. */
export function makeFolders(paths: Paths, place: Place): void {
  for (const folder of [paths.stateDir, paths.runDir]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  mkdirSync(paths.edge, { recursive: true, mode: 0o750 });
  const hop = hopFolder(place.socket);
  for (const folder of [dirname(place.socket), dirname(place.errorLog), hop]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  mkdirSync(place.temporary, { recursive: true, mode: 0o711 });
  if (place.user === undefined) return;
  // Workers under another account pass through these to the bodies that they put on disk; they list nothing.
  for (const folder of [paths.stateDir, paths.edge, place.temporary]) {
    chmodSync(folder, (statSync(folder).mode & 0o777) | 0o011);
  }
  // They open a log that is begun anew by themselves, and the sockets of the hop; these folders let their group alone through.
  const group = groupOf(place.user);
  if (group === undefined) return;
  for (const folder of [dirname(place.errorLog), hop]) {
    chownSync(folder, 0, group);
    chmodSync(folder, 0o710);
  }
}
