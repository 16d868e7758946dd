// What ipAllow and ipDeny cost to look up an address that never came before, among 10 prefixes and among 10,000. An address
// that came before costs one look-up in a table, however long the list is. Usage: node bench/ip-lists.ts
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const compiled = resolve(import.meta.dirname, "../build/lua");
const looked = 200_000;

/** Nanoseconds a look-up. */
function among(count: number): number {
  // spread over the same 64 blocks, so that the same share of the addresses is near one
  const prefixes = Array.from({ length: count }, (_, index) => {
    const at = Math.floor((index * 2 ** 22) / count);
    return `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}/32`;
  });
  const { status, stdout, stderr } = spawnSync("luajit", [join(import.meta.dirname, "ip-lists.lua")], {
    env: { LUA_PATH: `${compiled}/?.lua;;` },
    input: JSON.stringify({ prefixes, looked }),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const nanoseconds = Number(stdout.split("\t")[0]);
  console.log(`ip_list_first_look_up_${count}_prefixes ${nanoseconds.toFixed(0)} ns`);
  return nanoseconds;
}

const few = among(10);
const many = among(10_000);
console.log(`ip_list_10000_over_10 ${(many / few).toFixed(2)}`);
