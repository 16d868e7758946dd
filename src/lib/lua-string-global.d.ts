// Where lua-string.ts puts what the gateway's modules call when they run in Node.
declare const string: {
  readonly sub: (text: string, first: number, last?: number) => string;
  readonly byte: (text: string, at?: number) => number | undefined;
};
