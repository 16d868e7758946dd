// What other software's firewall does to packets that a relay passes on. An accept in Portway's table is no more than its own
// word: any other table's chain on the same hook may still drop, as those of docker and ufw do.
import type { Exec } from "../../lib/exec.ts";
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

/** A warning for each chain that drops what a relay passes on between peers of `link`; none where nft says nothing. */
export async function forwardWarnings(exec: Exec, link: string): Promise<readonly Warning[]> {
  const ran = await exec("nft", ["-j", "-s", "list", "ruleset"]);
  return ran.code === 0 ? judgeForwarding(JSON.parse(ran.stdout), link) : [];
}

/** The same of what `nft -j list ruleset` printed. Pure. */
export function judgeForwarding(printed: unknown, link: string): readonly Warning[] {
  const { nftables } = printed as { readonly nftables: readonly { readonly chain?: Chain; readonly rule?: Rule }[] };
  const chains = nftables.flatMap((one) => one.chain ?? []);
  const rules = nftables.flatMap((one) => one.rule ?? []);
  return chains
    .filter((chain) => chain.hook === "forward" && chain.policy === "drop")
    .filter(({ family, table }) => ["ip", "ip6", "inet"].includes(family) && `${family} ${table}` !== firewallTable)
    .filter((chain) => !letsThrough(chain, rules, link))
    .map((chain) => {
      const names = chains.filter((one) => isOf(one, chain)).map(({ name }) => name);
      const where = `another firewall, in the chain ${chain.name} of nftables' table ${chain.family} ${chain.table},`;
      const text = `${where} drops what this relay should pass on between hosts`;
      return { code: "forwardDropped", severity: "critical", text, hint: remedy(chain, names, link) };
    });
}

function remedy({ family, table, name }: Chain, names: readonly string[], link: string): string {
  const tool = family === "ip6" ? "ip6tables" : "iptables";
  const rule = `-i ${link} -o ${link} -j ACCEPT`;
  if (names.some((one) => /^ufw6?-/.test(one))) return `on that host: \`ufw route allow in on ${link} out on ${link}\``;
  if (names.includes("DOCKER-USER")) return `on that host: \`${tool} -I DOCKER-USER ${rule}\`, and again at each boot`;
  if (name === "FORWARD") return `on that host: \`${tool} -I FORWARD ${rule}\`, and again at each boot`;
  return `on that host: \`nft insert rule ${family} ${table} ${name} iifname ${link} oifname ${link} accept\`, and again at each boot`;
}

/** Whether a rule of the chain, or of those that it leads to, accepts what comes from `link` and goes to it. */
function letsThrough(start: Chain, rules: readonly Rule[], link: string): boolean {
  const seen = new Set([start.name]);
  for (const name of seen) {
    for (const { expr } of rules.filter((rule) => isOf(rule, start) && rule.chain === name)) {
      if (expr.some((one) => "accept" in one) && expr.every((one) => permits(one, link))) return true;
      for (const one of expr) {
        const { target } = (one["jump"] ?? one["goto"] ?? {}) as { readonly target?: string };
        if (target !== undefined) seen.add(target); // and so the loop comes to it
      }
    }
  }
  return false;
}

/** Part of a rule that does not keep it from the relay's packets; addresses get the benefit of the doubt. */
function permits(part: Json, link: string): boolean {
  if ("accept" in part || "counter" in part || "log" in part) return true;
  const { op, left, right } = (part["match"] ?? {}) as { op?: string; left?: Json; right?: unknown };
  const { key } = (left?.["meta"] ?? {}) as { key?: string };
  if (key === "iifname" || key === "oifname") return (op === "==") === covers(right, link);
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
