/** Accounts, sessions, set-up, invites and API tokens as they cross the wire. */
import { z } from "zod";
import { Email, Handle, Id, Instant, Line, Password, pageOf } from "./common.ts";
import { TokenScope } from "./permissions.ts";

/** The signed-in person's own view. `owner` marks the operator of the whole installation. */
export const User = z.object({
  id: Id,
  email: z.string(),
  handle: z.string(),
  displayName: z.string(),
  owner: z.boolean(),
  createdAt: Instant,
});
export type User = z.infer<typeof User>;

export const SetupBody = z.object({
  token: z.string().min(1).max(200),
  email: Email,
  handle: Handle,
  password: Password,
});
export const RegisterBody = z.object({
  email: Email,
  handle: Handle,
  password: Password,
  invite: z.string().min(1).max(200).optional(),
});
export const LoginBody = z.object({ email: Email, password: z.string().min(1).max(256) });
export const ChangePasswordBody = z.object({ currentPassword: z.string().min(1).max(256), newPassword: Password });
export const UpdateMeBody = z.object({ displayName: Line.min(1).max(60) });

/** Answer of set-up, register, log in and refresh. `expiresAt` is the access token's end. */
export const SessionAnswer = z.object({ user: User, accessToken: z.string(), expiresAt: Instant });
export type SessionAnswer = z.infer<typeof SessionAnswer>;

export const SessionInfo = z.object({
  id: Id,
  userAgent: z.string(),
  createdAt: Instant,
  lastUsedAt: Instant,
  current: z.boolean(),
});
export type SessionInfo = z.infer<typeof SessionInfo>;
/** Most recently used first. */
export const SessionList = z.object({ items: z.array(SessionInfo) });

export const ApiToken = z.object({
  id: Id,
  name: z.string(),
  scopes: z.array(TokenScope),
  createdAt: Instant,
  lastUsedAt: Instant.nullable(),
  expiresAt: Instant.nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;
export const CreateTokenBody = z.object({
  name: Line.min(1).max(60),
  scopes: z.array(TokenScope).min(1),
  expiresInDays: z.number().int().min(1).max(366).optional(),
});
/** `token` is shown once. */
export const CreatedToken = ApiToken.extend({ token: z.string() });
/** Newest first; revoked ones are left out. */
export const TokenList = z.object({ items: z.array(ApiToken) });

export const CreateInviteBody = z.object({ expiresInDays: z.number().int().min(1).max(90).default(7) });

export const CreatedInvite = z.object({ id: Id, url: z.string(), token: z.string(), expiresAt: Instant });
export type CreatedInvite = z.infer<typeof CreatedInvite>;

/** `usedBy` is the handle of the account that was made with it. */
export const Invite = z.object({
  id: Id,
  createdAt: Instant,
  expiresAt: Instant,
  usedAt: Instant.nullable(),
  usedBy: z.string().nullable(),
});
export type Invite = z.infer<typeof Invite>;
/** Newest first. */
export const InvitePage = pageOf(Invite);

/** What pages need to know before anybody signs in. */
export const Instance = z.object({
  name: z.string(),
  setUp: z.boolean(),
  registration: z.enum(["open", "invite", "closed"]),
  version: z.string(),
});
export type Instance = z.infer<typeof Instance>;
