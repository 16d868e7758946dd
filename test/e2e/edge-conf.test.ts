// Every agreed nginx.conf is one that nginx takes.
import assert from "node:assert/strict";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { nginxConf, type Place } from "../../src/edge/nginx-conf.ts";
import type { Machine } from "../../src/edge/tuning.ts";
import { exec } from "../../src/lib/exec.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { NginxObject } from "../../src/wire/edge.ts";

const folder = mkdtempSync(join(tmpdir(), "portway-conf-"));
after(() => rmSync(folder, { recursive: true }));
const { certificatePem, keyPem } = await selfSigned(["fallback.invalid"]);
writeFileSync(join(folder, "fallback.pem"), certificatePem);
writeFileSync(join(folder, "fallback.key"), keyPem);
mkdirSync(join(folder, "temporary"));

describe("nginx takes the configuration of", () => {
  for (const file of globSync(new URL("../golden/nginx/*.json", import.meta.url).pathname).sort()) {
    test(basename(file, ".json"), async () => {
      const golden = JSON.parse(readFileSync(file, "utf8")) as { nginx: NginxObject; machine: Machine; place: Place };
      const place: Place = {
        ...golden.place,
        pidFile: join(folder, "nginx.pid"),
        errorLog: join(folder, "error.log"),
        accessLog: join(folder, "access.log"),
        temporary: join(folder, "temporary"),
        socket: join(folder, "nginx.sock"),
        fallbackCertificate: join(folder, "fallback.pem"),
        fallbackKey: join(folder, "fallback.key"),
      };
      const conf = join(folder, "nginx.conf");
      // Whom targets' certificates are signed by matters not here: any certificate will do.
      const trusts = golden.nginx.trusts?.map(({ id, file }) =>
        file ? { id, file: place.fallbackCertificate } : { id },
      );
      writeFileSync(conf, nginxConf({ ...golden.nginx, ...(trusts && { trusts }) }, golden.machine, place));
      const ran = await exec("/usr/sbin/nginx", ["-t", "-c", conf, "-p", folder, "-e", join(folder, "error.log")]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.doesNotMatch(ran.stderr, /\[warn\]/);
    });
  }
});
