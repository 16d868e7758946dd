// The control API's shapes: what each request carries and each answer holds. Paths are under /v1.

import type { DrainView } from "./drains.ts";
import type { OwnNetwork } from "./networks.ts";
import type { PathPing } from "./ping.ts";
import type { Issue, Plan } from "./plan.ts";
import type { RotationAnswer } from "./rotation.ts";
import type { AgentStatus, EdgeStatus, HostKey } from "./stream.ts";
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

/** A host as the registry knows it; `joined` is false for one that only the file names. */
export interface HostView {
  readonly name: string;
  readonly joined: boolean;
  readonly inFile: boolean;
  readonly roles: readonly string[];
  readonly tags: readonly string[];
  readonly ipv4: string;
  readonly ipv6: string;
  readonly endpoint?: string;
  readonly joinedAt?: string;
  /** It is taken out when it goes. */
  readonly ephemeral?: boolean;
  /** Away since then, for longer than its grace: nobody has it as a peer until it returns. */
  readonly staleSince?: string;
  /** It asked to join then, and an administrator has not approved it yet. */
  readonly waitingSince?: string;
  /** A packet came back through a tunnel to this host lately, or it told so of another's: never "has a control connection". */
  readonly online: boolean;
  readonly connected: boolean;
  readonly lastSeenAt?: string;
  /** When its certificate ends, unless the agent renews it before, as it does. */
  readonly credentialUntil?: string;
  /** SHA-256 of the identity key, hex. */
  readonly identity?: string;
  /** `since` is when it came into use by a rotation. */
  readonly keys: readonly (HostKey & { readonly since?: string })[];
}

export interface HostDetail extends HostView {
  readonly agent?: AgentStatus;
  readonly edge?: EdgeStatus;
}

export interface HostsAnswer {
  readonly hosts: readonly HostView[];
}

/** Body of POST /v1/hosts/:name/rename. */
export interface RenameRequest {
  readonly to: string;
}

export interface RenameAnswer extends RevisionAnswer {
  /** The file in force named the host, and names it anew. */
  readonly isInFile: boolean;
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

export interface JoinRequest {
  readonly secret: string;
  /** The fingerprint in the token: another authority refuses it as `wrongAuthority` rather than as unknown. */
  readonly ca?: string;
  readonly name: string;
  /** PEM certificate signing request made with the host's Ed25519 identity key. */
  readonly csr: string;
  readonly keys: readonly { readonly plane: string; readonly publicKey: string; readonly generation: number }[];
  readonly capability: number;
  /** Networks that the machine has of its own. */
  readonly networks?: readonly OwnNetwork[];
}

export interface JoinAnswer {
  readonly name: string;
  readonly network: string;
  /** What the file gives this host by now: `edge` tells it to start its edge too. */
  readonly roles: readonly string[];
  /** An administrator has to approve the host before it is told anything. */
  readonly waiting?: boolean;
  /** PEM: the host's certificate and the intermediate. */
  readonly certificate: string;
  readonly controlUrls: readonly string[];
}

/** A header of what a host's programs send: made anew by each when it starts, so that a copied machine is told apart. */
export const instanceHeader = "portway-instance";

/** Body of POST /v1/self/renew: a request made with the host's own identity key. */
export interface RenewRequest {
  /** PEM */
  readonly csr: string;
}

export interface RenewAnswer {
  /** PEM: the host's new certificate and the intermediate. */
  readonly certificate: string;
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

export interface AuditEntry {
  /** 1, 2, 3, … without a gap. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
  /** `local:root`, `token:ID`, `host:api-1`, `system`. */
  readonly author: string;
  /** `spec.apply`, `token.create`, `host.join`, … */
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of the entry before, hex; zeros for the first. */
  readonly previous: string;
  /** SHA-256 over this entry's canonical JSON without `hash`, hex. */
  readonly hash: string;
}

/** Entries of the audit chain that one answer has at the most. */
export const auditPage = 500;

/** GET /v1/audit?limit=100&before=SEQUENCE: newest first. */
export interface AuditAnswer {
  readonly entries: readonly AuditEntry[];
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  /** The head's hash: kept elsewhere and given to a later verification, it shows a rewritten or shortened chain. */
  readonly head: string;
  /** The entry that has the hash which was asked for. */
  readonly keptAt?: number;
  readonly problem?: { readonly sequence: number; readonly reason: string };
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

/** What a join token says when decoded: `pw1.` and base64url of this JSON. */
export interface TokenContents {
  /** Control URLs, tried in order. */
  readonly urls: readonly string[];
  /** SHA-256 of the root certificate's DER, hex. */
  readonly ca: string;
  readonly id: string;
  readonly secret: string;
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

/** Method, path and who may call: the server, the client, OpenAPI and the docs are made from this table. */
export const apiRoutes = {
  authority: { method: "GET", path: "/v1/authority", access: "public" },
  join: { method: "POST", path: "/v1/join", access: "public" },
  specGet: { method: "GET", path: "/v1/spec", access: "admin" },
  specValidate: { method: "POST", path: "/v1/spec/validate", access: "admin" },
  specPlan: { method: "POST", path: "/v1/spec/plan", access: "admin" },
  specApply: { method: "POST", path: "/v1/spec/apply", access: "admin" },
  specConfirm: { method: "POST", path: "/v1/spec/confirm", access: "admin" },
  hostsList: { method: "GET", path: "/v1/hosts", access: "admin" },
  hostGet: { method: "GET", path: "/v1/hosts/:name", access: "admin" },
  hostSpeed: { method: "POST", path: "/v1/hosts/:name/speed", access: "admin" },
  hostPing: { method: "GET", path: "/v1/hosts/:name/ping", access: "admin" },
  hostRemove: { method: "DELETE", path: "/v1/hosts/:name", access: "admin" },
  hostRename: { method: "POST", path: "/v1/hosts/:name/rename", access: "admin" },
  hostApprove: { method: "POST", path: "/v1/hosts/:name/approve", access: "admin" },
  hostReject: { method: "POST", path: "/v1/hosts/:name/reject", access: "admin" },
  hostConfirm: { method: "POST", path: "/v1/hosts/:name/confirm-removals", access: "admin" },
  can: { method: "GET", path: "/v1/can", access: "admin" },
  trace: { method: "GET", path: "/v1/trace", access: "admin" },
  inventoryGet: { method: "GET", path: "/v1/inventory", access: "admin" },
  inventoryPut: { method: "POST", path: "/v1/inventory", access: "admin" },
  drainsList: { method: "GET", path: "/v1/drains", access: "admin" },
  drainStart: { method: "POST", path: "/v1/drains", access: "admin" },
  drainEnd: { method: "DELETE", path: "/v1/drains/:name", access: "admin" },
  tokensList: { method: "GET", path: "/v1/tokens", access: "admin" },
  tokenCreate: { method: "POST", path: "/v1/tokens", access: "admin" },
  tokenRevoke: { method: "DELETE", path: "/v1/tokens/:id", access: "admin" },
  debugTokenCreate: { method: "POST", path: "/v1/debug-tokens", access: "admin" },
  status: { method: "GET", path: "/v1/status", access: "admin" },
  audit: { method: "GET", path: "/v1/audit", access: "admin" },
  auditVerify: { method: "GET", path: "/v1/audit/verify", access: "admin" },
  events: { method: "GET", path: "/v1/events", access: "admin" },
  why: { method: "GET", path: "/v1/why", access: "admin" },
  top: { method: "GET", path: "/v1/top", access: "admin" },
  rotationGet: { method: "GET", path: "/v1/rotation", access: "admin" },
  rotationStart: { method: "POST", path: "/v1/rotation", access: "admin" },
  rotationAbort: { method: "POST", path: "/v1/rotation/abort", access: "admin" },
  stream: { method: "GET", path: "/v1/stream", access: "host" },
  selfStatus: { method: "POST", path: "/v1/self/status", access: "host" },
  selfAnswer: { method: "POST", path: "/v1/self/answer", access: "host" },
  selfRenew: { method: "POST", path: "/v1/self/renew", access: "host" },
  selfLeave: { method: "POST", path: "/v1/self/leave", access: "host" },
  openapi: { method: "GET", path: "/openapi.json", access: "public" },
} as const;

export type ApiRouteId = keyof typeof apiRoutes;
