// Portway itself, as it is measured: the nginx.conf and snapshot that `portway edge` would make, in a folder of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nginxConf } from "../src/edge/nginx-conf.ts";
import { makeFolders, placeOf } from "../src/edge/place.ts";
import { snapshotPusher } from "../src/edge/push.ts";
import { silentLog } from "../src/lib/log.ts";
import { pathsFrom } from "../src/lib/paths.ts";
import { selfSigned } from "../src/lib/x509.ts";
import type { NginxObject } from "../src/wire/edge.ts";
import type { Objects } from "../src/wire/objects.ts";
import { plainNginx } from "../test/lab/plain-nginx.ts";

export interface PortwaySubject {
  readonly conf: string;
  readonly push: (objects: Objects) => Promise<void>;
}

/** Writes nginx.conf for plain HTTP, and HTTPS where it has a port, one worker unless told; `push` brings a snapshot into force
 * once nginx runs, also when it was started anew since. */
export async function preparePortway(
  folder: string,
  port: number,
  httpsPort?: number,
  workers = 1,
): Promise<PortwaySubject> {
  const paths = pathsFrom({ stateDir: join(folder, "state"), runDir: join(folder, "run") });
  const place = placeOf({ paths, node: "edge-1", addresses: ["127.0.0.1"] });
  makeFolders(paths, place);
  const fallback = await selfSigned(["fallback.invalid"]);
  mkdirSync(join(paths.edge, "self-signed"), { recursive: true });
  writeFileSync(place.fallbackCertificate, fallback.certificatePem);
  writeFileSync(place.fallbackKey, fallback.keyPem);
  const nginx: NginxObject = {
    ...plainNginx,
    http: { port, redirect: false },
    https: httpsPort === undefined ? null : { port: httpsPort },
    tuning: { workers },
  };
  const conf = join(folder, "portway.conf");
  writeFileSync(
    conf,
    `daemon off;\n${nginxConf(nginx, { cores: 1, memoryBytes: 4 * 1024 ** 3, openFilesLimit: 65536 }, place)}`,
  );
  const pusher = snapshotPusher({ door: { socketPath: place.socket }, stateFile: place.stateFile, log: silentLog });
  return {
    conf,
    push: async (objects) => {
      pusher.forget();
      for (let attempt = 0; ; attempt++) {
        const pushed = await pusher.push(objects);
        if (pushed.kind === "inForce") return;
        if (pushed.kind === "refused" || attempt > 50)
          throw new Error(`the snapshot is not in force: ${pushed.reason}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
