// Weights in headers such as Accept and Accept-Encoding (RFC 9110 section 12.4.2).

/** The weight among the parameters that follow an entry's name, 0 to 1; 1 when there is none, 0 when it is none. */
export function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const text = parameter.trim().toLowerCase();
    if (text.startsWith("q=")) return weight(text.substring(2));
  }
  return 1;
}

function weight(text: string): number {
  const value = Number(text);
  return value >= 0 && value <= 1 ? value : 0;
}
