/** Writing to the audit log. Append-only and hash-chained by the store; DESIGN §7. */
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { appendAudit } from "../../store/audit.ts";
import type { Schema } from "../../store/schema.ts";

/** Who did it. `id` is the account, also when an API token acted for it. */
export type Actor = Readonly<{ kind: "account" | "token" | "system" | "anonymous"; id: string | null }>;

/** The server itself, e.g. a sweep or a connecting encoder. */
export const SYSTEM: Actor = { kind: "system", id: null };

/** Nobody signed in, e.g. a failed log-in. */
export const ANONYMOUS: Actor = { kind: "anonymous", id: null };

export type AuditFact = Readonly<{
  /** `<what>.<done>`, e.g. `stream_key.reveal`. */
  action: string;
  channelId?: string;
  /** Id of what was acted on. */
  target?: string;
  /** Never a key, token or password. */
  details?: Readonly<Record<string, unknown>>;
}>;

/** The actor of a request. */
export function actorOf(viewer: Viewer): Actor {
  if (viewer.kind === "anonymous") return ANONYMOUS;
  return { kind: viewer.via === "token" ? "token" : "account", id: viewer.accountId };
}

/**
 * Appends one entry.
 * @param db the transaction of the change it tells about, so that there is never one without the other
 */
export async function audit(
  ctx: Context,
  actor: Actor,
  fact: AuditFact,
  db: Kysely<Schema> = ctx.store.db,
): Promise<void> {
  await appendAudit(db, {
    actorId: actor.id,
    actorKind: actor.kind,
    action: fact.action,
    channelId: fact.channelId ?? null,
    target: fact.target ?? null,
    details: { ...fact.details },
  });
}
