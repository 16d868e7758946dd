// YAML nodes to plain values and places; aliases are followed within a budget, and keys are text and unique.
import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";
import { errorAt, formatPath, type Issue, type Path } from "./issue.ts";
import { issueAt, type Place } from "./place.ts";

/** Values that aliases may add: a file that repeats itself more than this is a bomb, or should use policies. */
const maxAliasValues = 10_000;
/** Levels, also through aliases of aliases. */
const maxDepth = 32;
const maxIssues = 100;

export interface Tree {
  readonly value: unknown;
  readonly place: Place;
}

const noParts: Place["parts"] = new Map();
const shareHint = "write the values out; routes share plugins through `policies`";

/** Reads the nodes of one document; `issues` fills meanwhile. Its mappings have no prototype: no key means anything to JavaScript. */
export class TreeReader {
  readonly issues: Issue[] = [];
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, Node>();
  /** Collections that are being read: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  /** Where the alias stands whose values are being read now. */
  #aliasAt: number | undefined;
  #aliasValues = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(node: Node | null, path: Path = [], key?: number): Tree {
    const at = node?.range?.[0] ?? key ?? 0;
    const leaf: Place = { at, parts: noParts, ...(key !== undefined && { key }) };
    if (!node) return { value: null, place: { ...leaf, empty: true } };
    if (isScalar(node)) {
      this.#anchor(node);
      const empty = node.value === null && node.source === "";
      return { value: node.value, place: empty ? { ...leaf, empty } : leaf };
    }
    if (!this.#affords(at, path)) return { value: null, place: leaf };
    if (isAlias(node)) return this.#alias(node.source, leaf, path);
    this.#anchor(node);
    this.#open.add(node);
    const { value, parts } = isMap(node) ? this.#map(node.items, path) : this.#seq(isSeq(node) ? node.items : [], path);
    this.#open.delete(node);
    return { value, place: { ...leaf, parts } };
  }

  #seq(items: readonly unknown[], path: Path): { value: unknown[]; parts: Place["parts"] } {
    const read = items.map((item, index) => this.#count(item as Node | null, [...path, index]));
    return { value: read.map((one) => one.value), parts: new Map(read.map((one, index) => [index, one.place])) };
  }

  #map(pairs: readonly Pair[], path: Path): { value: Record<string, unknown>; parts: Place["parts"] } {
    const parts = new Map<string, Place>();
    const value: Record<string, unknown> = Object.create(null);
    for (const pair of pairs) {
      const [keyNode, valueNode] = [pair.key as Node | null, pair.value as Node | null];
      const offset = keyNode?.range?.[0] ?? valueNode?.range?.[0] ?? 0;
      const key = this.#key(keyNode, offset, path);
      if (key === undefined) continue;
      const inner = [...path, key];
      const first = parts.get(key);
      if (first) {
        const hint = `it stands on line ${this.#lines.linePos(first.key ?? first.at).line} already: keep one`;
        this.#report("duplicateKey", offset, inner, `${formatPath(inner)} is written twice`, hint);
        continue;
      }
      const read = this.#count(valueNode, inner, offset);
      value[key] = read.value;
      parts.set(key, read.place);
    }
    return { value, parts };
  }

  #key(node: Node | null, offset: number, path: Path): string | undefined {
    const text = isScalar(node) && node.value !== null ? node : undefined;
    const key = typeof text?.value === "string" ? text.value : text?.source;
    if (key === "<<") {
      this.#report("mergeKey", offset, path, "merge keys (<<) are not part of the file's language", shareHint);
      return undefined;
    }
    if (key === undefined || key === "__proto__") {
      this.#report("invalidKey", offset, path, "a mapping has a key that is not a name", "write `key: value`");
      return undefined;
    }
    return key;
  }

  #anchor(node: Node & { readonly anchor?: string }): void {
    const { anchor, range } = node;
    if (anchor === undefined) return;
    this.#anchors.set(anchor, node);
    if (/^[\w-]+$/.test(anchor)) return;
    const hint = "use letters, digits, _ and -; or quote a value that starts with &";
    this.#report("invalidAnchor", range?.[0] ?? 0, [], `the anchor &${anchor} is not a name`, hint);
  }

  #alias(name: string, leaf: Place, path: Path): Tree {
    const target = this.#anchors.get(name);
    if (!target) {
      const hint = "quote a value that starts with *, or write the anchor first";
      this.#report("unknownAlias", leaf.at, path, `no anchor &${name} stands above this alias`, hint);
      return { value: null, place: leaf };
    }
    if (this.#open.has(target)) {
      const message = `the alias *${name} stands inside what it names`;
      this.#report("aliasLoop", leaf.at, path, message, "write the value out");
      return { value: null, place: leaf };
    }
    const outer = this.#aliasAt;
    this.#aliasAt ??= leaf.at;
    const tree = this.read(target, path, leaf.key);
    this.#aliasAt = outer;
    return tree;
  }

  /** Reads a part, on the aliases' account when one is being followed. */
  #count(node: Node | null, path: Path, key?: number): Tree {
    if (this.#aliasAt !== undefined) this.#aliasValues += 1;
    return this.read(node, path, key);
  }

  /** Whether a collection or alias may still be read; says why not, once. */
  #affords(at: number, path: Path): boolean {
    if (path.length > maxDepth) {
      this.#reportOnce("tooDeep", at, path, "values are nested too deeply here", "the file needs fewer than 10 levels");
      return false;
    }
    if (this.#aliasValues <= maxAliasValues) return true;
    const message = `aliases make more than ${maxAliasValues.toLocaleString("en")} values of this file`;
    this.#reportOnce("tooManyAliases", this.#aliasAt ?? at, path, message, shareHint);
    return false;
  }

  #reportOnce(code: string, offset: number, path: Path, message: string, hint: string): void {
    if (!this.issues.some((issue) => issue.code === code)) this.#report(code, offset, path, message, hint);
  }

  #report(code: string, offset: number, path: Path, message: string, hint: string): void {
    if (this.issues.length >= maxIssues) return;
    this.issues.push(issueAt(this.#lines, offset, errorAt(path, code, message, hint)));
  }
}
