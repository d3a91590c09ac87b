/** Who is asking. Features call `viewerOf` for "may be anybody", `requireAccount` for "must be signed in". DESIGN §7. */
import { AGE_TOKEN_HEADER } from "@rostrum/contract/age-gate";
import type { TokenScope } from "@rostrum/contract/permissions";
import type { FastifyRequest } from "fastify";
import { AppError } from "../lib/app-error.ts";
import type { AgeStanding } from "./age-token.ts";
import type { HttpKit } from "./kit.ts";
import { passesOf } from "./passes.ts";

/** API tokens begin with this, access tokens never do. */
export const API_TOKEN_PREFIX = "rst_";

/**
 * `passes` are tokens of this browser that let it into shows; they are checked where they are used. `age` is what its visitor has said
 * about their age. Left out: none.
 */
type Holder = Readonly<{ passes?: readonly string[]; age?: AgeStanding }>;

/** A person or a program that acts for one. `owner`: operator of the installation. */
export type AccountViewer = Holder &
  Readonly<{
    kind: "account";
    accountId: string;
    owner: boolean;
    /** `cookie` and `bearer` are a person's session; `token` is an API token, limited to `scopes`. */
    via: "cookie" | "bearer" | "token";
    scopes: readonly TokenScope[] | "all";
    /** The log-in this request belongs to. */
    sessionId?: string;
    /** The API token this request came with. */
    tokenId?: string;
  }>;

export type Viewer = (Holder & Readonly<{ kind: "anonymous" }>) | AccountViewer;

const ANONYMOUS: Viewer = { kind: "anonymous" };

/**
 * The same answer for the whole request. A cookie that is no longer good makes an anonymous viewer; a bearer token that is not good
 * is refused, because a program that sent one wants to know, and because bearer requests skip the Origin check.
 * @throws {AppError} `unauthenticated`
 */
export function viewerOf(request: FastifyRequest): Promise<Viewer> {
  request.knownViewer ??= identify(request.server.kit, request);
  return request.knownViewer;
}

/**
 * @param scope what an API token needs here. Left out: API tokens are refused (accounts, passwords, tokens, invites).
 * @throws {AppError} `unauthenticated`; `forbidden` for an API token without the scope
 */
export async function requireAccount(request: FastifyRequest, scope?: TokenScope): Promise<AccountViewer> {
  const viewer = await viewerOf(request);
  if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in first.");
  if (viewer.scopes === "all") return viewer;
  if (scope === undefined) throw new AppError("forbidden", "An API token cannot do this; sign in as a person.");
  if (!hasScope(viewer, scope)) throw new AppError("forbidden", `This API token does not have the scope "${scope}".`);
  return viewer;
}

/** As `requireAccount`, for the operator of the installation only. */
export async function requireOwner(request: FastifyRequest, scope?: TokenScope): Promise<AccountViewer> {
  const viewer = await requireAccount(request, scope);
  if (!viewer.owner) throw new AppError("forbidden", "Only the operator of this installation can do this.");
  return viewer;
}

/** Every scope includes `read`: who may change broadcasts may look at them. */
export function hasScope(viewer: AccountViewer, scope: TokenScope): boolean {
  return viewer.scopes === "all" || scope === "read" || viewer.scopes.includes(scope);
}

/** The token of an `Authorization: Bearer` header; undefined for none and for other schemes (a proxy may use Basic). RFC 6750 §2.1. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

async function identify(kit: HttpKit, { headers, cookies }: FastifyRequest): Promise<Viewer> {
  const { access, passes, age } = kit.cookies;
  const viewer = await viewerOfCredentials(kit, headers.authorization, cookies[access], cookies[passes]);
  const sent = headers[AGE_TOKEN_HEADER];
  return withAge(kit, viewer, typeof sent === "string" ? sent : cookies[age]);
}

/** The same viewer with what the token says about their age; one that is not good counts as none. */
export function withAge(kit: HttpKit, viewer: Viewer, token: string | undefined): Viewer {
  const age = token ? kit.ages.read(token) : undefined;
  return age === undefined ? viewer : { ...viewer, age };
}

/**
 * As `viewerOf`, for what is no request of the app's, such as a WebSocket upgrade.
 * @param cookie the value of the access cookie
 * @param passes the value of the cookie with passes
 * @throws {AppError} `unauthenticated`
 */
export async function viewerOfCredentials(
  kit: HttpKit,
  authorization: string | undefined,
  cookie: string | undefined,
  passes: string | undefined,
): Promise<Viewer> {
  const viewer = await viewerWithoutPasses(kit, authorization, cookie);
  const held = passesOf(passes);
  return held.length === 0 ? viewer : { ...viewer, passes: held };
}

async function viewerWithoutPasses(
  kit: HttpKit,
  authorization: string | undefined,
  cookie: string | undefined,
): Promise<Viewer> {
  if (/^bearer( |$)/i.test(authorization ?? "")) {
    const token = bearerOf(authorization);
    const viewer = token === undefined ? null : await viewerOfBearer(kit, token);
    if (viewer === null) throw new AppError("unauthenticated", "The bearer token is not valid or has expired.");
    return viewer;
  }
  return cookie ? ((await viewerOfAccessToken(kit, cookie, "cookie")) ?? ANONYMOUS) : ANONYMOUS;
}

async function viewerOfBearer(kit: HttpKit, token: string): Promise<AccountViewer | null> {
  if (!token.startsWith(API_TOKEN_PREFIX)) return viewerOfAccessToken(kit, token, "bearer");
  const standing = await kit.credentials.apiToken(token);
  if (standing === null) return null;
  const { accountId, owner, scopes, tokenId } = standing;
  return { kind: "account", accountId, owner, via: "token", scopes, tokenId };
}

async function viewerOfAccessToken(
  kit: HttpKit,
  token: string,
  via: "cookie" | "bearer",
): Promise<AccountViewer | null> {
  const claims = await kit.access.verify(token);
  const standing = claims === null ? null : await kit.credentials.session(claims);
  if (claims === null || standing === null) return null;
  const { accountId, sessionId } = claims;
  return { kind: "account", accountId, owner: standing.owner, via, scopes: "all", sessionId };
}
