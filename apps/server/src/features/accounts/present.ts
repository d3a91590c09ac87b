/** What of an account goes out. Hashes never do. */
import type { ApiToken, Invite, SessionInfo, User } from "@rostrum/contract/accounts";
import type { AccountRow, ApiTokenRow, listInvites, RefreshTokenRow } from "./queries.ts";

/** The person's own view. */
export function ownUser(row: AccountRow): User {
  return {
    id: row.id,
    email: row.email,
    handle: row.handle,
    displayName: row.display_name,
    owner: row.owner,
    createdAt: row.created_at.toISOString(),
  };
}

/** A session by its unused refresh token, which was made when the session was last renewed. */
export function sessionInfo(row: RefreshTokenRow, currentId: string | undefined): SessionInfo {
  return {
    id: row.family_id,
    userAgent: row.user_agent,
    createdAt: row.family_created_at.toISOString(),
    lastUsedAt: row.created_at.toISOString(),
    current: row.family_id === currentId,
  };
}

export function apiToken(row: ApiTokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
  };
}

export function inviteOf(row: Awaited<ReturnType<typeof listInvites>>[number]): Invite {
  return {
    id: row.id,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null,
    usedBy: row.handle,
  };
}
