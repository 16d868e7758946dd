/** How many times as long a lab waits until it gives up, where everything is slow: PATIENCE=10 in an emulated machine. */
export const patience = Number(process.env["PATIENCE"] ?? 1);
