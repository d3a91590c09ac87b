/** WHIP and WHEP sessions as HTTP resources: POST makes one, PATCH trickles candidates, DELETE ends it. RFC 9725 §4. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode } from "@rostrum/contract/errors";
import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { parseIceFragment } from "@rostrum/rtc/sdp/fragment";
import type { SessionDescription } from "@rostrum/rtc/sdp/model";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { networkOf, peerAddress } from "../../lib/address.ts";
import { newSecret } from "../../lib/ids.ts";
import type { Logger } from "../../lib/log.ts";
import { YieldingPlaces } from "../../lib/places.ts";
import {
  allowOptions,
  FRAGMENT_TYPE,
  hasType,
  type HeaderList,
  linkHeaders,
  readBody,
  refuse,
  reply,
  SDP_TYPE,
} from "./http.ts";

/** One session, opened by an offer. */
export interface RtcSession {
  /** Our description. */
  readonly sdp: string;
  /** Resolves when it is over, whoever ended it. Never rejects. */
  readonly closed: Promise<unknown>;
  /** One of the peer's candidates, without `a=`. */
  addCandidate(candidate: string): void;
  /** The peer asks for its end. */
  leave(): void;
  /** We end it, for this reason. */
  end(reason: string): void;
}

/** An answer that says in words why not. */
export type Refusal = Readonly<{ status: number; message: string; code?: ErrorCode; headers?: HeaderList }>;

export type OfferRequest = Readonly<{
  req: IncomingMessage;
  /** Of the endpoint, without query and trailing slash. */
  pathname: string;
  offer: SessionDescription;
  /** The peer's address without its port. */
  remote: string;
  /** The address of ours that it came to; undefined behind a proxy, whose it is. */
  reachedAt: string | undefined;
}>;

export type SessionOpened =
  | { readonly ok: true; readonly session: RtcSession; readonly headers?: HeaderList }
  | { readonly ok: false; readonly refusal: Refusal };

export type RtcResourcesOptions = Readonly<{
  log: Logger;
  trustProxy: boolean;
  /** RtcEndpoint.links */
  links: readonly string[];
  /** Paths that take offers; a session's path is one level below. */
  isEndpoint: (pathname: string) => boolean;
  /** What can be refused before the body is read. */
  screen?: (req: IncomingMessage, pathname: string) => Refusal | undefined;
  open: (request: OfferRequest) => Promise<SessionOpened>;
}>;

/** `iceUfrag` is the offer's. */
type Entry = Readonly<{ session: RtcSession; endpoint: string; etag: string; iceUfrag: string; icePwd: string }>;

/** Browsers write 6 to 12 KB. */
const MAX_OFFER_BYTES = 65_536;
const MAX_FRAGMENT_BYTES = 16_384;
/**
 * Offers that are being answered; of one network a quarter. The oldest whose body is not all there gives way to who comes later, however
 * soon: a flood from four networks or more can push out an offer that is on its way, whose client has to ask again.
 */
const MAX_WAITING = 200;
const ENDPOINT_METHODS = "POST, OPTIONS";
const SESSION_METHODS = "PATCH, DELETE, OPTIONS";
const ACCEPT_PATCH: HeaderList = ["Accept-Patch", FRAGMENT_TYPE];
const RETRY: HeaderList = ["Retry-After", "2"];
const STOPPING = "The server is restarting. Connect again in a moment.";
const RESTARTING: Refusal = { status: 503, message: STOPPING, headers: RETRY };
/** The answer where no more are taken for now. */
export const FULL: Refusal = {
  status: 503,
  message: "This server takes no more connections now. Try again later.",
  headers: RETRY,
};
const NO_RESTART = "An ICE restart is not possible here: end this session with DELETE and begin a new one with POST.";

export class RtcResources {
  readonly #options: RtcResourcesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new YieldingPlaces(MAX_WAITING);
  #closing = false;

  constructor(options: RtcResourcesOptions) {
    this.#options = options;
  }

  /** Answers every request that it is given. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    this.#handle(req, res).catch((err: unknown) => {
      this.#options.log.error({ err }, "a WHIP or WHEP request failed");
      refuse(res, 500, "The server failed to answer.");
    });
  }

  /** Takes no more, ends all sessions and waits for their end. */
  async close(): Promise<void> {
    this.#closing = true;
    const sessions = [...this.#entries.values()].map(({ session }) => session);
    for (const session of sessions) session.end(STOPPING);
    await Promise.all(sessions.map(({ closed }) => closed));
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const pathname = (req.url ?? "").split("?", 1)[0]?.replace(/\/$/, "") ?? "";
    if (this.#options.isEndpoint(pathname)) return this.#atEndpoint(req, res, pathname);
    const slash = pathname.lastIndexOf("/");
    const entry = this.#entries.get(pathname.slice(slash + 1));
    if (entry !== undefined && entry.endpoint === pathname.slice(0, slash)) return this.#atSession(req, res, entry);
    // A browser asks before it does, and could not tell its page about a 404.
    if (req.method === "OPTIONS") return allowOptions(res, SESSION_METHODS, ACCEPT_PATCH);
    refuse(res, 404, "There is no such session: it is over, or never was.");
  }

  async #atEndpoint(req: IncomingMessage, res: ServerResponse, pathname: string): Promise<void> {
    const { screen, trustProxy } = this.#options;
    // Without the TURN servers, which have passwords: who asks here has shown neither key nor token.
    if (req.method === "OPTIONS") return allowOptions(res, ENDPOINT_METHODS);
    if (req.method !== "POST") return notAllowed(req, res, ENDPOINT_METHODS);
    if (!hasType(req, SDP_TYPE)) {
      return refuse(res, 415, `An offer is sent as ${SDP_TYPE}.`, { headers: ["Accept-Post", SDP_TYPE] });
    }
    const refusal = this.#closing ? RESTARTING : screen?.(req, pathname);
    if (refusal !== undefined) return refuseWith(res, refusal);
    const slow = new AbortController();
    const place = this.#waiting.take(networkOf(req, trustProxy), () => slow.abort());
    if (place === undefined) return refuseWith(res, FULL);
    try {
      const body = await readBody(req, MAX_OFFER_BYTES, slow.signal);
      if (slow.signal.aborted) return refuseWith(res, FULL);
      place.settle();
      if (body === undefined) return unread(res, MAX_OFFER_BYTES);
      await this.#create(req, res, { pathname, body });
    } finally {
      place.leave();
    }
  }

  async #create(
    req: IncomingMessage,
    res: ServerResponse,
    { pathname, body }: Readonly<{ pathname: string; body: string }>,
  ): Promise<void> {
    const { trustProxy } = this.#options;
    const offer = readOffer(body);
    if ("status" in offer) return refuseWith(res, offer);
    const remote = peerAddress(req, trustProxy);
    const reachedAt = trustProxy ? undefined : req.socket.localAddress;
    const opened = await this.#options.open({ req, pathname, offer, remote, reachedAt });
    if (!opened.ok) return refuseWith(res, opened.refusal);
    const { session, headers = [] } = opened;
    if (this.#closing) {
      session.end(STOPPING);
      refuseWith(res, RESTARTING);
      // Nobody would ever end it.
    } else if (res.destroyed) session.end("Whoever asked did not wait for the answer.");
    else this.#publish(res, { session, endpoint: pathname, offer }, headers);
  }

  #publish(
    res: ServerResponse,
    made: Readonly<{ session: RtcSession; endpoint: string; offer: SessionDescription }>,
    headers: HeaderList,
  ): void {
    const { session, endpoint, offer } = made;
    const { iceUfrag, icePwd } = offer.transport;
    const token = newSecret();
    const etag = `"${newSecret(10)}"`;
    this.#entries.set(token, { session, endpoint, etag, iceUfrag, icePwd });
    void session.closed.then(() => this.#entries.delete(token));
    const place = ["Content-Type", SDP_TYPE, "Location", `${endpoint}/${token}`, "ETag", etag];
    reply(res, 201, [...place, ...ACCEPT_PATCH, ...linkHeaders(this.#options.links), ...headers], session.sdp);
  }

  async #atSession(req: IncomingMessage, res: ServerResponse, entry: Entry): Promise<void> {
    switch (req.method ?? "") {
      case "OPTIONS":
        return allowOptions(res, SESSION_METHODS, ACCEPT_PATCH);
      case "PATCH":
        return this.#trickle(req, res, entry);
      case "DELETE":
        entry.session.leave();
        return reply(res, 200);
      default:
        return notAllowed(req, res, SESSION_METHODS);
    }
  }

  async #trickle(req: IncomingMessage, res: ServerResponse, entry: Entry): Promise<void> {
    if (!hasType(req, FRAGMENT_TYPE)) {
      return refuse(res, 415, `Candidates are sent as ${FRAGMENT_TYPE}.`, { headers: ACCEPT_PATCH });
    }
    const match = req.headers["if-match"];
    if (match === undefined) return refuse(res, 428, "If-Match with the ETag of the answer is needed.");
    const body = await readBody(req, MAX_FRAGMENT_BYTES);
    if (body === undefined) return unread(res, MAX_FRAGMENT_BYTES);
    const fragment = parseIceFragment(body);
    if (fragment === undefined) return refuse(res, 400, `The body is no ${FRAGMENT_TYPE} (RFC 8840 §9).`);
    const { iceUfrag = entry.iceUfrag, icePwd = entry.icePwd, candidates } = fragment;
    if (iceUfrag !== entry.iceUfrag || icePwd !== entry.icePwd) return refuse(res, 422, NO_RESTART);
    if (!matches(match, entry.etag)) return refuse(res, 412, "If-Match does not name the ETag of this session.");
    for (const candidate of candidates) entry.session.addCandidate(candidate);
    reply(res, 204);
  }
}

/** RFC 9110 §13.1.1. Some send weak ones: the tag says the same. */
function matches(header: string, etag: string): boolean {
  if (header.trim() === "*") return true;
  return header.split(",").some((each) => each.trim().replace(/^W\//, "") === etag);
}

function readOffer(text: string): SessionDescription | Refusal {
  try {
    return parseSdp(text);
  } catch (error) {
    if (error instanceof UnsupportedError)
      return { status: 422, message: `The offer cannot be used: ${error.message}.` };
    if (error instanceof MalformedError || error instanceof ProtocolViolation) {
      return { status: 400, message: `The offer cannot be read: ${error.message}.` };
    }
    throw error;
  }
}

function refuseWith(res: ServerResponse, { status, message, code, headers = [] }: Refusal): void {
  refuse(res, status, message, { headers, ...(code === undefined ? {} : { code }) });
}

function notAllowed(req: IncomingMessage, res: ServerResponse, methods: string): void {
  refuse(res, 405, `${req.method ?? "That"} is not possible here: ${methods} are.`, { headers: ["Allow", methods] });
}

function unread(res: ServerResponse, maxBytes: number): void {
  const message = `The body did not come within 10 s, or is too large: at most ${maxBytes} bytes are read.`;
  refuse(res, 413, message);
}
