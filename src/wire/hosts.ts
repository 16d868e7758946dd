// Hosts as the control API shows them.
import type { RevisionAnswer } from "./api.ts";
import type { AgentStatus, EdgeStatus, HostKey } from "./stream.ts";

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
