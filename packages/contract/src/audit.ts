/** The audit log as it crosses the wire. */
import { z } from "zod";
import { Instant, pageOf } from "./common.ts";

/** `actor` is null when nobody signed in did it; `kind` says what acted. `action` is `<what>.<done>`, e.g. `stream_key.reveal`. */
export const AuditEntry = z.object({
  seq: z.string(),
  at: Instant,
  kind: z.enum(["account", "token", "system", "anonymous"]),
  actor: z.object({ id: z.string(), handle: z.string(), displayName: z.string() }).nullable(),
  action: z.string(),
  target: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Newest first. */
export const AuditPage = pageOf(AuditEntry);
