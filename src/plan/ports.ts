// UDP ports that every host has alike.

/** Answers probes, on each plane's probe address. */
export const probePort = 51830;
/** The plane that carries packets while a key of the direct one is replaced. */
export const bypassPort = 51821;
