// While a port changes hands two processes listen on it. Connections that wait in the queue of the one that lets it go are
// reset, unless Linux moves them to the other (net.ipv4.tcp_migrate_req, Linux 5.14; a setting of the host, off by default).
import { readFileSync, writeFileSync } from "node:fs";

export const migrateSetting = "/proc/sys/net/ipv4/tcp_migrate_req";

/** Turns it on or off where this process may; the package does where it may not. Tells whether it is so. */
export function setWaiting(isOn: boolean, path = migrateSetting): boolean {
  const value = isOn ? "1" : "0";
  try {
    if (readFileSync(path, "utf8").trim() !== value) writeFileSync(path, `${value}\n`);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EACCES", "EPERM", "EROFS", "ENOENT"].includes(code)) return false;
    throw error;
  }
}
