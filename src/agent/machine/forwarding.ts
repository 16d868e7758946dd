// What other software's firewall does to packets that a relay, a router or an exit passes on. An accept in Portway's table is no more than its own
// word: any other table's chain on the same hook may still drop, as those of docker and ufw do.
import type { Exec } from "../../lib/exec.ts";
import type { Family } from "../../net/address.ts";
import type { Warning } from "../../wire/warnings.ts";
import { firewallTable } from "../overlay/firewall.ts";

type Json = Readonly<Record<string, unknown>>;

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Json[];
}

/** What is passed on: from peers on Portway's interfaces `from` to `to`, which is another interface or the same. */
export interface Passage {
  readonly from: "pwr" | "pwx" | "pw*";
  readonly to: string;
  readonly families: readonly Family[];
  /** As the end of "drops what this host should pass on …". */
  readonly text: string;
  /** Judged where this one is let through. */
  readonly next?: Passage;
}

/** What a relay passes on: by the bypass only while keys are renewed, and then it is late to hear that it is shut. */
export const relayed: Passage = {
  from: "pwr",
  to: "pwr",
  families: [4, 6],
  text: "between others",
  next: { from: "pwx", to: "pwx", families: [4, 6], text: "between others while keys are renewed" },
};

/** A warning for each chain that drops what is passed on; none where nft says nothing. */
export async function forwardWarnings(exec: Exec, passages: readonly Passage[]): Promise<readonly Warning[]> {
  if (passages.length === 0) return [];
  const ran = await exec("nft", ["-j", "-s", "list", "ruleset"]);
  if (ran.code !== 0) return [];
  const printed: unknown = JSON.parse(ran.stdout);
  return passages.flatMap((passage) => judgeForwarding(printed, passage));
}

/** The same of what `nft -j list ruleset` printed. Pure. */
export function judgeForwarding(printed: unknown, passage: Passage): readonly Warning[] {
  const { nftables } = printed as { readonly nftables: readonly { readonly chain?: Chain; readonly rule?: Rule }[] };
  const chains = nftables.flatMap((one) => one.chain ?? []);
  const rules = nftables.flatMap((one) => one.rule ?? []);
  const kinds = ["inet", ...passage.families.map((family) => (family === 4 ? "ip" : "ip6"))];
  return chains
    .filter((chain) => chain.hook === "forward" && chain.policy === "drop")
    .filter(({ family, table }) => kinds.includes(family) && `${family} ${table}` !== firewallTable)
    .flatMap((chain) => {
      const dropped = firstDropped(chain, rules, passage);
      if (dropped === undefined) return [];
      const names = chains.filter((one) => isOf(one, chain)).map(({ name }) => name);
      const where = `another firewall, in the chain ${chain.name} of nftables' table ${chain.family} ${chain.table},`;
      const text = `${where} drops what this host should pass on ${dropped.text}`;
      return { code: "forwardDropped", severity: "critical", text, hint: remedy(chain, names, dropped) };
    });
}

function firstDropped(chain: Chain, rules: readonly Rule[], passage: Passage): Passage | undefined {
  if (!letsThrough(chain, rules, passage)) return passage;
  return passage.next && firstDropped(chain, rules, passage.next);
}

/** A relay passes on from plane to plane: one rule opens its own plane and the bypass. */
function remedy({ family, table, name }: Chain, names: readonly string[], passage: Passage): string {
  const { from, to } = passage.from === "pw*" ? passage : { from: "pw*", to: "pw*" };
  const tool = family === "ip6" ? "ip6tables" : "iptables";
  const [into, out] = [from, to].map((link) => link.replace("*", "+")); // as these tools write it
  const rule = `-i ${into} -o ${out} -j ACCEPT`;
  if (names.some((one) => /^ufw6?-/.test(one))) return `on that host: \`ufw route allow in on ${into} out on ${out}\``;
  if (names.includes("DOCKER-USER")) return `on that host: \`${tool} -I DOCKER-USER ${rule}\`, and again at each boot`;
  if (name === "FORWARD") return `on that host: \`${tool} -I FORWARD ${rule}\`, and again at each boot`;
  const words = `iifname "${from}" oifname "${to}" accept`;
  return `on that host: \`nft insert rule ${family} ${table} ${name} '${words}'\`, and again at each boot`;
}

/** Whether a rule of the chain, or of those that it leads to, accepts what is passed on. */
function letsThrough(start: Chain, rules: readonly Rule[], passage: Passage): boolean {
  const seen = new Set([start.name]);
  for (const name of seen) {
    for (const { expr } of rules.filter((rule) => isOf(rule, start) && rule.chain === name)) {
      if (expr.some((one) => "accept" in one) && expr.every((one) => permits(one, passage))) return true;
      for (const one of expr) {
        const { target } = (one["jump"] ?? one["goto"] ?? {}) as { readonly target?: string };
        if (target !== undefined) seen.add(target); // and so the loop comes to it
      }
    }
  }
  return false;
}

/** Part of a rule that does not keep it from such packets; addresses get the benefit of the doubt. */
function permits(part: Json, { from, to }: Passage): boolean {
  if ("accept" in part || "counter" in part || "log" in part) return true;
  const { op, left, right } = (part["match"] ?? {}) as { op?: string; left?: Json; right?: unknown };
  const { key } = (left?.["meta"] ?? {}) as { key?: string };
  if (key === "iifname") return (op === "==") === covers(right, from === "pw*" ? "pw0" : from);
  if (key === "oifname") return (op === "==") === covers(right, to);
  const { field } = (left?.["payload"] ?? {}) as { field?: string };
  return field === "saddr" || field === "daddr";
}

/** An interface's name, several, or the beginning of some with a star. */
function covers(names: unknown, link: string): boolean {
  if (typeof names === "string") return names.endsWith("*") ? link.startsWith(names.slice(0, -1)) : names === link;
  const set = (names as Json | null)?.["set"];
  return Array.isArray(set) && set.some((one) => covers(one, link));
}

const isOf = (one: { readonly family: string; readonly table: string }, { family, table }: Chain) =>
  one.family === family && one.table === table;
