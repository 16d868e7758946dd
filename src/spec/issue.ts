// What the checks of the file find, and where in the file it is.

/** One finding with its place. Line and column start at 1. */
export interface Issue {
  readonly severity: "error" | "warning";
  /** Stable: `unknownKey`, `unknownName`, `notSupportedYet`, … */
  readonly code: string;
  readonly line: number;
  readonly column: number;
  /** `routes[0].use.jwt` */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

export type Path = readonly (string | number)[];

/** A finding before its path is turned into a line and a column. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly path: Path;
  /** Whether the key or what stands after it is wrong; the value unless told. */
  readonly at?: "key" | "value";
  /** Another part that it is about, whose line is told too. */
  readonly about?: Path;
  readonly message: string;
  readonly hint: string;
}

export function errorAt(path: Path, code: string, message: string, hint: string): Finding {
  return { severity: "error", code, path, message, hint };
}

/** A warning: what is written can be meant, and mostly is not. */
export function warningAt(path: Path, code: string, message: string, hint: string): Finding {
  return { severity: "warning", code, path, message, hint };
}

/** What is wrong with one text, found by the grammar of its field. */
export class Fault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string) {
    this.code = code;
    this.message = message;
    this.hint = hint;
  }
}

/** `routes[0].use.jwt`; a key that would be unclear is quoted. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

/** The end of a path that names a thing in a sentence: `timeouts`, `paths[0]`, `the file`. */
export function subjectOf(path: Path): string {
  const start = path.findLastIndex((part) => typeof part === "string");
  return path.length === 0 ? "the file" : formatPath(path.slice(Math.max(start, 0)));
}

const shownLength = 60;

/** A text in quotes, cut where a sentence would drown in it. */
export function quote(text: string): string {
  return JSON.stringify(cut(text, shownLength));
}

/** A text of at most so many characters. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The text with control and other unseen characters escaped: the file may be another's, and a terminal obeys them. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
  });
}

/** Names a value in a sentence: `the number 5`, `the text "x"`, `a list`, `nothing`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "a mapping";
}
