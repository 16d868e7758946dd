// What GET /v1/routes answers: the routes of the file in force.

export interface RouteView {
  readonly name: string;
  /** Lower-case names, exact or `*.example.com`; `*` any. */
  readonly hosts: readonly string[];
  /** As the file writes them: `/orders/` a prefix, `/orders` exact. */
  readonly paths: readonly string[];
  /** Upper-case; empty: all. */
  readonly methods: readonly string[];
  /** Its service or services, or what it answers instead, as a person reads it. */
  readonly destination: string;
  /** Names; empty: it answers itself. */
  readonly services: readonly string[];
  readonly plugins: readonly string[];
}

export interface RoutesAnswer {
  /** Of the file in force; 0: there is none. */
  readonly revision: number;
  readonly routes: readonly RouteView[];
}
