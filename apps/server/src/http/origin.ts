/** Cross-site request forgery: requests that change something and may carry cookies must come from this site. DESIGN §7. */
import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { AppError } from "../lib/app-error.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What the decision needs from a request. `host` is the Host header the client sent. */
export type OriginFacts = Readonly<{
  method: string;
  origin: string | undefined;
  referer: string | undefined;
  secFetchSite: string | undefined;
  host: string | undefined;
  hasCookies: boolean;
  hasBearer: boolean;
}>;

/**
 * True when the request may go on. Bearer tokens are never sent by a browser on its own, so they are exempt. A foreign Origin is
 * refused even without cookies: otherwise another site could log its visitor in to an account of its choice.
 * @param publicUrl the address of this site; when it is https, an http Origin of the same host is foreign
 */
export function originAllowed(facts: OriginFacts, publicUrl: string): boolean {
  if (SAFE_METHODS.has(facts.method) || facts.hasBearer) return true;
  if (facts.origin !== undefined) return isOurs(facts.origin, facts.host, publicUrl);
  if (!facts.hasCookies) return true;
  if (facts.secFetchSite !== undefined) return facts.secFetchSite === "same-origin" || facts.secFetchSite === "none";
  return facts.referer !== undefined && isOurs(facts.referer, facts.host, publicUrl);
}

function isOurs(address: string, host: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const asked = new URL(address);
  const own = new URL(publicUrl);
  if (asked.origin === own.origin) return true;
  if (asked.protocol !== "http:" && asked.protocol !== "https:") return false;
  if (own.protocol === "https:" && asked.protocol !== "https:") return false;
  return host !== undefined && asked.host === hostOf(host, asked.protocol);
}

/** The Host header as a URL writes it: lower case, without the scheme's own port. */
function hostOf(host: string, protocol: string): string | undefined {
  const address = `${protocol}//${host}`;
  return URL.canParse(address) ? new URL(address).host : undefined;
}

/** @throws {AppError} `bad_origin`. Also for WebSocket upgrades that carry cookies: pass `method: "POST"` in `facts`. */
export function requireSameOrigin(facts: OriginFacts, publicUrl: string): void {
  if (originAllowed(facts, publicUrl)) return;
  throw new AppError("bad_origin", "This request came from another site; it was not carried out.");
}

/**
 * Whether a WebSocket upgrade that presents its own credential may go on: programs send no Origin, pages must be of this site.
 * @param trustProxy the peer is a proxy that says in X-Forwarded-Host what was asked for
 */
export function upgradeAllowed(req: IncomingMessage, publicUrl: string, trustProxy: boolean): boolean {
  const { origin, host } = req.headers;
  if (origin === undefined) return true;
  const forwarded = trustProxy ? req.headers["x-forwarded-host"] : undefined;
  return isOurs(origin, typeof forwarded === "string" ? forwarded : host, publicUrl);
}

/** The facts of a Fastify request. */
export function originFactsOf(request: FastifyRequest): OriginFacts {
  const { headers } = request;
  const secFetchSite = headers["sec-fetch-site"];
  return {
    method: request.method,
    origin: headers.origin,
    referer: headers.referer,
    secFetchSite: typeof secFetchSite === "string" ? secFetchSite : undefined,
    host: request.host,
    hasCookies: headers.cookie !== undefined,
    hasBearer: /^bearer /i.test(headers.authorization ?? ""),
  };
}
