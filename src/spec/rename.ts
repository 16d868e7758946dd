// A host's new name in the file's text: its key under `hosts` and every place that names it; all else stays as it is.
import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";
import { parseAsWritten } from "./comments.ts";

/** The text with `from` called `to` wherever it stands for the host; the same text when it does not. */
export function renameInFile(text: string, from: string, to: string): string {
  const document = parseAsWritten(text);
  const root = document.contents;
  const keys = pairsOf(at(root, "hosts")).flatMap(({ key }) => (isNamed(key, from) ? [key] : []));
  const selectors = [
    ...itemsOf(at(root, "access")).flatMap((rule) => [...itemsOf(at(rule, "from")), ...itemsOf(at(rule, "to"))]),
    ...pairsOf(at(root, "services")).flatMap(({ value }) => itemsOf(at(value, "targets"))),
  ];
  const exits = pairsOf(at(root, "hosts")).flatMap(({ value }) => itemsOf(at(at(value, "tunnel"), "exits")));
  const tests = itemsOf(at(root, "tests")).flatMap((test) => [at(test, "from"), at(test, "to")]);
  const named = [...selectors.flatMap((one) => [one, at(one, "select")]), ...exits, ...tests].flatMap((node) => {
    return isNamed(node, from) || isNamed(node, `host:${from}`) ? [node] : [];
  });
  const places = new Map([...keys, ...named].map((node) => [node.range![0], node]));
  return [...places.values()]
    .sort((a, b) => b.range![0] - a.range![0])
    .reduce((changed, node) => {
      const prefix = String(node.value).startsWith("host:") ? "host:" : "";
      return changed.slice(0, node.range![0]) + written(prefix + to) + changed.slice(node.range![1]);
    }, text);
}

const isNamed = (node: unknown, name: string): node is Scalar => isScalar(node) && textOf(node) === name;

/** A name that is a number is written in quotes, or not. */
const textOf = ({ value, source }: Scalar) => (typeof value === "string" ? value : source);

/** In quotes where YAML would take it for something else than text. */
const written = (name: string) =>
  /^[\d-]|^(true|false|null|yes|no|on|off|y|n)$/.test(name) ? JSON.stringify(name) : name;

function at(node: unknown, key: string): Node | null | undefined {
  return pairsOf(node).find((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
}

function pairsOf(node: unknown): readonly Pair<Node, Node | null>[] {
  return isMap(node) ? (node.items as Pair<Node, Node | null>[]) : [];
}

function itemsOf(node: unknown): readonly unknown[] {
  return isSeq(node) ? node.items : [];
}
