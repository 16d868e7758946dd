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
  readonly prefixItems?: readonly number[];
  readonly items?: number;
  readonly contains?: number;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: true;
  readonly properties?: Readonly<Record<string, number>>;
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
