// Prometheus' text form (exposition format 0.0.4) of counters, gauges and histograms whose keys are
// `name|label=value,label=value`.

/** Times that were observed. */
export interface Histogram {
  /** Upper ends in ms, ascending, each with the observations in that bucket alone. */
  readonly buckets: readonly (readonly [upperMs: number, count: number])[];
  readonly sumMs: number;
  readonly count: number;
  /** Ends that are told, where they are not the usual ones; each is a bucket's. */
  readonly boundsMs?: readonly number[];
}

export interface Metrics {
  /** Those whose name ends with `_total` are counters, the others gauges. */
  readonly values: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, Histogram>>;
}

/** As Prometheus reads it, sorted by name; `help` says what each metric means, one that it lacks has no HELP. */
export function prometheusText({ values, histograms }: Metrics, help: Readonly<Record<string, string>>): string {
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>();
  const family = (name: string, type: string) => {
    const known = families.get(name);
    if (known) return known.lines;
    const lines: string[] = [];
    families.set(name, { type, lines });
    return lines;
  };
  for (const key of Object.keys(values).sort()) {
    const { name, labels } = parseKey(key);
    family(name, name.endsWith("_total") ? "counter" : "gauge").push(`${name}${braces(labels)} ${values[key]}`);
  }
  for (const key of Object.keys(histograms).sort()) {
    const { name, labels } = parseKey(key);
    family(name, "histogram").push(...histogramLines(name, labels, histograms[key]!));
  }
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, lines }]) => {
      const about = help[name] === undefined ? "" : `# HELP ${name} ${help[name]}\n`;
      return `${about}# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
    })
    .join("");
}

export type Label = readonly [name: string, value: string];
/** Upper ends of the buckets that are told; each is one of the gateway's, so that what is below is exact. */
const usualBoundsMs = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

function histogramLines(name: string, labels: readonly Label[], histogram: Histogram): string[] {
  const { buckets, sumMs, count, boundsMs = usualBoundsMs } = histogram;
  let below = 0;
  let next = 0;
  const lines = boundsMs.map((boundMs) => {
    while (next < buckets.length && buckets[next]![0] <= boundMs) below += buckets[next++]![1];
    return `${name}_bucket${braces([...labels, ["le", String(boundMs / 1000)]])} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket${braces([...labels, ["le", "+Inf"]])} ${count}`,
    `${name}_sum${braces(labels)} ${sumMs / 1000}`,
    `${name}_count${braces(labels)} ${count}`,
  ];
}

/** Takes `name|label=value,label=value` apart; a value may hold `=`. */
export function parseKey(key: string): { readonly name: string; readonly labels: readonly Label[] } {
  const [name = "", rest = ""] = key.split("|");
  const labels = rest.split(",").flatMap((pair): Label[] => {
    const at = pair.indexOf("=");
    return at < 1 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
  });
  return { name, labels };
}

function braces(labels: readonly Label[]): string {
  if (labels.length === 0) return "";
  return `{${labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

const escaped = (value: string) => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
