// What both.ts puts where Lua's string library is, for the gateway's modules as Node sees them.
declare const string: {
  readonly sub: (text: string, first: number, last?: number) => string;
  readonly byte: (text: string, at?: number) => number | undefined;
};
