// A registry whose writes are counted.
import { StoreError } from "../../registry/errors.ts";
import type { Registry } from "../../registry/store.ts";
import type { Tally } from "./tally.ts";

/** The same registry; a compare that failed is an answer, not an error. */
export function countedRegistry(registry: Registry, tally: Pick<Tally, "written" | "notWritten">): Registry {
  return {
    ...registry,
    async transact(compares, writes, options) {
      try {
        const done = await registry.transact(compares, writes, options);
        if (done.ok) tally.written();
        return done;
      } catch (error) {
        tally.notWritten(error instanceof StoreError ? (error.reason ?? error.code) : "other");
        throw error;
      }
    },
  };
}
