/** Security headers: a closed door for API answers, a strict policy with a nonce for pages. CSP Level 3; DESIGN §7. */
import { randomBytes } from "node:crypto";
import type { FastifyHelmetOptions } from "@fastify/helmet";
import type { FastifyRequest } from "fastify";

const YEAR_SEC = 31_536_000;

const PERMISSIONS_POLICY = {
  page: "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()",
  api: "camera=(), microphone=(), display-capture=(), geolocation=(), payment=(), usb=()",
};

/** `headers` are for the answer, names in lower case; every script element of the page carries `nonce`. */
export type PageHeaders = Readonly<{ nonce: string; headers: Readonly<Record<string, string>> }>;

/**
 * Headers of one rendered page. Call it once per request: the nonce must be new each time. Pages under `/embed/` may be framed by
 * any site, all others only by this one.
 */
export function pageHeaders(request: FastifyRequest): PageHeaders {
  const { config, livekit } = request.server.kit.ctx;
  const nonce = randomBytes(16).toString("base64");
  const embed = /^\/embed(\/|$|\?)/.test(request.url);
  const secure = config.PUBLIC_URL?.startsWith("https:") ?? false;
  return {
    nonce,
    headers: {
      "content-security-policy": pagePolicy({
        ...{ nonce, embed, secure, dev: config.dev, host: request.host },
        ...(livekit === null ? {} : { roomsUrl: livekit.clientUrl }),
      }),
      "permissions-policy": PERMISSIONS_POLICY.page,
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "same-origin",
      ...(embed ? {} : { "x-frame-options": "SAMEORIGIN" }),
      ...(secure ? { "strict-transport-security": `max-age=${YEAR_SEC}; includeSubDomains` } : {}),
    },
  };
}

type PolicyFacts = Readonly<{
  nonce: string;
  embed: boolean;
  secure: boolean;
  dev: boolean;
  /** The Host header; one with unusual characters is left out. */
  host: string | undefined;
  /** What livekit-client connects to, `ws://` or `wss://`: it opens a WebSocket there, and asks by HTTP why one was refused. */
  roomsUrl?: string;
}>;

/** The policy as one header value. */
export function pagePolicy({ nonce, embed, secure, dev, host, roomsUrl }: PolicyFacts): string {
  const directives = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "script-src-attr 'none'",
    // Dialogs, toasts and charts position themselves with style attributes and inject style elements; scripts stay strict.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob:",
    `connect-src 'self'${webSocketSources(host, secure, dev)}${roomSources(roomsUrl)}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "frame-src 'self'",
    `frame-ancestors ${embed ? "*" : "'self'"}`,
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
    ...(secure ? ["upgrade-insecure-requests"] : []),
  ];
  return directives.join("; ");
}

/** Older Safari does not count `ws:` of the same host as 'self'. In development Vite listens on a port of its own. */
function webSocketSources(host: string | undefined, secure: boolean, dev: boolean): string {
  if (dev) return " ws: wss:";
  if (host === undefined || !/^[A-Za-z0-9.:[\]_-]+$/.test(host)) return "";
  return secure ? ` wss://${host}` : ` ws://${host} wss://${host}`;
}

function roomSources(roomsUrl: string | undefined): string {
  if (roomsUrl === undefined || !URL.canParse(roomsUrl)) return "";
  const { protocol, host } = new URL(roomsUrl);
  return ` ${protocol}//${host} ${protocol.replace("ws", "http")}//${host}`;
}

/** Permissions-Policy of API answers. */
export const API_PERMISSIONS_POLICY = PERMISSIONS_POLICY.api;

/** A header for pictures of link previews and oEmbed, which other sites show. Fetch Standard, Cross-Origin-Resource-Policy. */
export const FOR_OTHER_SITES = ["cross-origin-resource-policy", "cross-origin"] as const;

/** Helmet's options for everything but pages: an API answer that a browser opens as a document can do nothing. */
export function apiHelmetOptions(secure: boolean): FastifyHelmetOptions {
  return {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
    },
    referrerPolicy: { policy: "no-referrer" },
    frameguard: { action: "deny" },
    strictTransportSecurity: secure ? { maxAge: YEAR_SEC, includeSubDomains: true } : false,
  };
}
