// The control API's shapes: what each request carries and each answer holds, but for those of hosts (hosts.ts), of joining (join.ts)
// and of the audit chain (audit.ts). Paths are under /v1.
import type { DrainView } from "./drains.ts";
import type { HostDetail } from "./hosts.ts";
import type { PathPing } from "./ping.ts";
import type { Issue, Plan } from "./plan.ts";
import type { RotationAnswer } from "./rotation.ts";
import type { EdgeTop } from "./top.ts";
import type { Warning } from "./warnings.ts";
import type { WhyReport } from "./why.ts";

/** GET /v1/authority: what a joining host compares with the fingerprint in its token before it trusts it. */
export interface AuthorityAnswer {
  /** PEM of the root certificate. */
  readonly certificate: string;
  /** SHA-256 of its DER, hex. */
  readonly fingerprint: string;
}

/** Answer of every change that has nothing more to say: the registry revision it made. */
export interface RevisionAnswer {
  readonly revision: number;
}

export interface SpecDocument {
  readonly text: string;
  /** Registry revision of this text; 0 when none was applied yet. */
  readonly revision: number;
  readonly appliedBy: string;
  /** ISO 8601. */
  readonly appliedAt: string;
}

/** Body of POST /v1/spec/validate and /v1/spec/plan. */
export interface SpecRequest {
  readonly text: string;
}

export interface ValidateAnswer {
  readonly valid: boolean;
  readonly issues: readonly Issue[];
}

export interface ApplyRequest {
  readonly text: string;
  /** `baseRevision` of the plan that was read; another apply in between makes this `staleRevision`. */
  readonly expectedRevision: number;
  /** Also where it cuts hosts off from control: then it is undone after 60 s unless it is confirmed. */
  readonly force?: boolean;
}

/** The file in force stays. */
export interface ConfirmAnswer {
  readonly revision: number;
}

export interface ApplyAnswer {
  readonly revision: number;
  readonly plan: Plan;
}

/** GET /v1/inventory */
export interface InventoryAnswer {
  /** YAML: every host with its addresses, identity, tags and keys, and the file in force. */
  readonly text: string;
  readonly revision: number;
}

/** Body of POST /v1/inventory. */
export interface InventoryRequest {
  readonly text: string;
  /** Addresses alone: hosts join anew, as they must when the authority is another. */
  readonly addressesOnly?: boolean;
}

export interface InventoryImported {
  readonly revision: number;
  readonly hosts: number;
  /** Of them, those that are members again without joining. */
  readonly members: number;
  /** The registry held all of it already. */
  readonly unchanged: boolean;
}

export interface TokenRequest {
  readonly kind: "join" | "admin";
  /** Tags a host that joins with it gets. */
  readonly tags?: readonly string[];
  /** Only a host of this name may use it. */
  readonly host?: string;
  /** The host goes for good, and its address is free, when it goes. */
  readonly ephemeral?: boolean;
  readonly expiresInMs?: number;
}

export interface TokenView {
  readonly id: string;
  readonly kind: "join" | "admin";
  readonly tags: readonly string[];
  readonly host?: string;
  readonly ephemeral?: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly state: "valid" | "used" | "expired";
  readonly usedBy?: string;
}

export interface TokensAnswer {
  readonly tokens: readonly TokenView[];
}

/** The only answer that ever holds the secret. */
export interface TokenCreated extends TokenView {
  readonly token: string;
  /** Names that the file does not have; absent: there are none. */
  readonly warnings?: readonly Warning[];
}

/** Body of POST /v1/debug-tokens: whose answers tell what was decided. */
export interface DebugTokenRequest {
  /** For requests that this route takes; for all when left out. */
  readonly route?: string;
  /** Ten minutes unless told. */
  readonly expiresInMs?: number;
}

export interface DebugTokenMade {
  /** For the header Portway-Debug. */
  readonly token: string;
  readonly route?: string;
  readonly expiresAt: string;
  /** Edges that do not know it yet. */
  readonly behind: readonly string[];
}

/** Answer of POST /v1/self/status. */
export interface StatusReceipt {
  /** Control's. */
  readonly capability: number;
}

export interface StatusAnswer {
  readonly network: string;
  readonly revision: number;
  readonly version: string;
  readonly hosts: readonly HostDetail[];
  readonly rotation: RotationAnswer;
  /** What is taken out of use, or is about to be. */
  readonly drains: readonly DrainView[];
  readonly warnings: readonly Warning[];
}

/**
 * Server-sent events of GET /v1/events; `id:` is a number that `Last-Event-ID` continues from. An event of kind `gap` says
 * that those before it are no longer kept.
 */
export interface ControlEvent {
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
}

/** Body of POST /v1/self/answer: of the question with this id; `error` when there is none. */
export interface HostAnswer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** GET /v1/why?request=ID&edge=NAME: what edges keep of a request, or of the last failures, newest first. */
export interface WhyAnswer {
  readonly reports: readonly (WhyReport & { readonly edge: string })[];
  readonly silent: readonly SilentEdge[];
}

/** GET /v1/top?edge=NAME. */
export interface TopAnswer {
  readonly edges: readonly (EdgeTop & { readonly edge: string })[];
  readonly silent: readonly SilentEdge[];
}

/** GET /v1/hosts/:name/ping?to=HOST&count=5: each path that the host has to the other one. */
export interface PingAnswer {
  readonly from: string;
  readonly to: string;
  readonly paths: readonly PathPing[];
}

/** An edge that was asked and did not answer, and why. */
export interface SilentEdge {
  readonly edge: string;
  readonly reason: string;
}
