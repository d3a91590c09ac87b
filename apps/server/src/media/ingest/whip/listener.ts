/** WHIP ingest, `POST /whip`: the stream key is the bearer token; sessions are resources below it. RFC 9725. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { newId } from "../../../lib/ids.ts";
import type { Logger } from "../../../lib/log.ts";
import { YieldingPlaces } from "../../../lib/places.ts";
import type { IngestDecision, MediaDoors } from "../../plane.ts";
import type { RtcEndpoint } from "../../rtc/endpoint.ts";
import { bearerOf } from "../../rtc/http.ts";
import { FULL, type OfferRequest, type Refusal, RtcResources, type SessionOpened } from "../../rtc/resources.ts";
import { openInPlace } from "../../rtc/session-place.ts";
import type { OpenSource } from "../publisher.ts";
import { encoderName } from "../ws/encoder-name.ts";
import { DEFAULT_WHIP_LIMITS, type WhipLimits } from "./limits.ts";
import { openWhipSession } from "./session.ts";
import { whipWants } from "./wants.ts";

export type WhipIngestOptions = Readonly<{
  log: Logger;
  /** Stays open longer than this. */
  endpoint: RtcEndpoint;
  trustProxy: boolean;
  /** How often a key frame is asked for: as long as a segment should be. */
  keyframeIntervalMs: number;
  authorize: MediaDoors["authorizeIngest"];
  openSource: OpenSource;
  limits?: Partial<WhipLimits>;
}>;

export interface WhipIngest {
  /** Answers every request to `/whip` and below. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Ends all sessions and waits for them. */
  close(): Promise<void>;
}

type Denied = Extract<IngestDecision, { ok: false }>;

const PATH = "/whip";
const CHALLENGE = ["WWW-Authenticate", "Bearer"];
const NO_KEY = "The stream key is missing: send it as `Authorization: Bearer <stream key>`.";
const STATUS = { unknown_key: 401, unavailable: 503, owned_elsewhere: 409, rate_limited: 429 } as const;

/** The caller closes it. */
export function createWhipIngest(options: WhipIngestOptions): WhipIngest {
  const limits = { ...DEFAULT_WHIP_LIMITS, ...options.limits };
  const { log, trustProxy, endpoint } = options;
  const places = new YieldingPlaces(limits.publishers);
  const screen = (req: IncomingMessage): Refusal | undefined => {
    if (places.count >= limits.publishers) return FULL;
    return bearerOf(req) === undefined ? refusalOf("unknown_key", NO_KEY) : undefined;
  };
  return new RtcResources({
    ...{ log, trustProxy, screen },
    links: endpoint.links,
    isEndpoint: (pathname) => pathname === PATH,
    open: (request) => open(options, { limits, places, request }),
  });
}

type Asked = Readonly<{ limits: WhipLimits; places: YieldingPlaces; request: OfferRequest }>;

/** The offer first: a key that is good opens a show, which an offer that cannot be used must not. */
async function open(options: WhipIngestOptions, { limits, places, request }: Asked): Promise<SessionOpened> {
  const { log, endpoint, openSource, keyframeIntervalMs } = options;
  const { req, offer, remote } = request;
  const userAgent = req.headers["user-agent"];
  const wants = whipWants(offer, userAgent?.includes("AppleWebKit/") === true);
  if (!wants.ok) {
    log.warn({ remote, protocol: "whip", refused: wants.message }, "WHIP publisher refused");
    return { ok: false, refusal: { status: 422, message: wants.message } };
  }
  const decision = await authorize(options, bearerOf(req) ?? "", remote);
  if (!decision.ok) {
    log.warn({ remote, protocol: "whip", refused: decision.reason }, "WHIP publisher refused");
    return { ok: false, refusal: refusalOf(decision.reason, decision.message) };
  }
  const encoder = encoderName(userAgent);
  const { grant } = decision;
  const publisher = { id: newId(), grant, protocol: "whip", remote, encoder, connectedAt: new Date() } as const;
  const { sections } = wants;
  const whip = { endpoint, publisher, request, sections, limits, keyframeIntervalMs, log, openSource };
  return openInPlace({
    ...{ places, full: FULL },
    // All of one company may publish from one address.
    network: undefined,
    open: (settle) => {
      // It has shown a key that is good.
      settle();
      return openWhipSession(whip);
    },
  });
}

async function authorize(
  { authorize: ask, log }: WhipIngestOptions,
  key: string,
  remote: string,
): Promise<IngestDecision> {
  try {
    return await ask(key, { remote, protocol: "whip" });
  } catch (err) {
    log.error({ err }, "authorisation of a publisher failed");
    const message = "The server cannot check the stream key now: try again.";
    return { ok: false, reason: "unavailable", message };
  }
}

function refusalOf(reason: Denied["reason"], message: string): Refusal {
  const status = STATUS[reason];
  if (status === 401) return { status, message, headers: CHALLENGE };
  return status === 409 ? { status, message } : { status, message, headers: ["Retry-After", "5"] };
}
