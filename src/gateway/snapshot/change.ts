/** New and changed objects with the version each has in shared memory, and the keys that are gone. */
export interface Change {
  readonly upserts: Readonly<Record<string, { readonly version: number; readonly text: string }>>;
  readonly removes: readonly string[];
  readonly sequence: number;
  readonly revision: number;
  readonly digest: string;
}
