/**
 * What lets a browser into a show that one registers for: the token of a registration's link,
 * `<broadcast>.<registration>.<version>.<HMAC-SHA-256, 128 bits>`. The store has nothing that one could be made of; a link is revoked by
 * raising the registration's version.
 */
import { timingSafeEqual } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import type { Secrets } from "../../lib/secrets.ts";
import type { Schema } from "../../store/schema.ts";

const MAC_CHARS = 32;
const FORM = /^([0-9a-hjkmnp-tv-z]{20})\.([0-9a-hjkmnp-tv-z]{20})\.([0-9a-z]{1,6})\.([0-9a-f]{32})$/;

export type Pass = Readonly<{ broadcastId: string; registrationId: string; version: number }>;

export function signPass(secrets: Secrets, pass: Pass): string {
  const { broadcastId, registrationId, version } = pass;
  return `${broadcastId}.${registrationId}.${version.toString(36)}.${mac(secrets, pass)}`;
}

/** Null for a made-up one. Whether it still counts is for the store to say. */
export function readPass(secrets: Secrets, token: string): Pass | null {
  const [, broadcastId, registrationId, version, given] = FORM.exec(token) ?? [];
  if (broadcastId === undefined || registrationId === undefined || version === undefined || given === undefined) {
    return null;
  }
  const pass = { broadcastId, registrationId, version: Number.parseInt(version, 36) };
  return timingSafeEqual(Buffer.from(mac(secrets, pass)), Buffer.from(given)) ? pass : null;
}

/** The caller's own for this show, without a look into the store; null: there is none. */
export function passFor(secrets: Secrets, viewer: Viewer, broadcastId: string): Pass | null {
  for (const token of viewer.passes ?? []) {
    const pass = token.startsWith(`${broadcastId}.`) ? readPass(secrets, token) : null;
    if (pass !== null) return pass;
  }
  return null;
}

/** Whether the caller has registered for this show and nobody has revoked it. */
export async function isRegistered(ctx: Context, viewer: Viewer, broadcastId: string): Promise<boolean> {
  const pass = passFor(ctx.secrets, viewer, broadcastId);
  return pass !== null && (await passCounts(ctx.store.db, pass));
}

/** False: its registration is gone, or its links were revoked. */
export async function passCounts(db: Kysely<Schema>, pass: Pass): Promise<boolean> {
  return isCounted(pass, await versionsOf(db, [pass.registrationId]));
}

/** @param versions by registration, as `versionsOf` gives them */
export function isCounted({ registrationId, version }: Pass, versions: ReadonlyMap<string, number>): boolean {
  return versions.get(registrationId) === version;
}

/** The version of each registration that there is. */
export async function versionsOf(db: Kysely<Schema>, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom("registration")
    .select(["id", "token_version"])
    .where(sql<boolean>`id = any(${ids})`)
    .execute();
  return new Map(rows.map((row) => [row.id, row.token_version]));
}

function mac(secrets: Secrets, { broadcastId, registrationId, version }: Pass): string {
  return secrets.lookupHash("registration", `${broadcastId}.${registrationId}.${version}`).slice(0, MAC_CHARS);
}
