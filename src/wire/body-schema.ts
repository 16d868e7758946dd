// A JSON Schema as the gateway runs it: its parts in one list, each naming others by their place there.

export interface BodySchemaConfig {
  /** Lower-case media types of the bodies. */
  readonly types: readonly string[];
  /** The largest body that is read. */
  readonly maxBytes: number;
  /** Whether POST, PUT and PATCH need a body. */
  readonly isRequired: boolean;
  /** The first one is the body's. */
  readonly parts: readonly SchemaPart[];
}

/** A pattern as a table of states; a state of -2 has matched whatever follows, one of -1 never will. */
export interface Automaton {
  readonly start: number;
  /** A class for each of the 256 bytes. */
  readonly classes: readonly number[];
  /** How many classes there are. */
  readonly width: number;
  /** The state after state `s` and a byte of class `c`: at `s * width + c`. */
  readonly next: readonly number[];
  /** 1 for states in which a text may end. */
  readonly ends: readonly number[];
}

/** Keywords of JSON Schema 2020-12 under their names; a number that stands for a schema is a place in the list. */
export interface SchemaPart {
  /** The schema `false`. */
  readonly nothing?: true;
  readonly type?: readonly string[];
  /** JSON texts, also of `const`. */
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** `pattern` and `format`: all of them must match. */
  readonly patterns?: readonly Automaton[];
  readonly prefixItems?: readonly number[];
  readonly items?: number;
  readonly contains?: number;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: true;
  readonly properties?: Readonly<Record<string, number>>;
  readonly patternProperties?: readonly { readonly pattern: Automaton; readonly part: number }[];
  readonly additionalProperties?: number;
  readonly propertyNames?: number;
  readonly required?: readonly string[];
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly dependentSchemas?: Readonly<Record<string, number>>;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** `$ref` among them. */
  readonly allOf?: readonly number[];
  readonly anyOf?: readonly number[];
  readonly oneOf?: readonly number[];
  readonly not?: number;
  readonly if?: number;
  readonly then?: number;
  readonly else?: number;
}
