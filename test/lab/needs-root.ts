// Options for tests that make network namespaces.

/** `test("…", needsRoot, …)` skips with its reason where there is no root. */
export const needsRoot: { readonly skip?: string } =
  process.getuid?.() === 0 ? {} : { skip: "needs root, for network namespaces: sudo make e2e" };
