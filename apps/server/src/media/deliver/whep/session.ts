/** Opens one WHEP session: a connection, its answer, and a viewer at the feed. */
import { randomInt } from "node:crypto";
import { ProtocolViolation } from "@rostrum/media/errors";
import { extensionIds } from "@rostrum/rtc/rtp/extensions";
import { TrackSender } from "@rostrum/rtc/rtp/track-sender";
import { sends, type SessionDescription } from "@rostrum/rtc/sdp/model";
import type { AgreedMedia } from "@rostrum/rtc/sdp/wants";
import { newSecret } from "../../../lib/ids.ts";
import type { Clock } from "../../../lib/clock.ts";
import { type AnsweredPeer, answerPeer } from "../../rtc/answer-peer.ts";
import type { RtcEndpoint } from "../../rtc/endpoint.ts";
import type { HeaderList } from "../../rtc/http.ts";
import type { OfferRequest, Refusal } from "../../rtc/resources.ts";
import type { WhepFeed } from "./feed.ts";
import type { WhepMetrics } from "./metrics.ts";
import { sectionWants, type SessionSources } from "./negotiate.ts";
import { WhepViewer } from "./viewer.ts";

export type SessionOptions = Readonly<{
  request: Pick<OfferRequest, "offer" | "reachedAt">;
  token: string | undefined;
  endpoint: RtcEndpoint;
  feed: WhepFeed;
  clock: Clock;
  metrics: WhepMetrics;
  onConnected: () => void;
}>;

/** `headers` say where RTP times lie in the show, as far as that is known. */
export type SessionResult =
  | { readonly ok: true; readonly viewer: WhepViewer; readonly sdp: string; readonly headers: HeaderList }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * 0 is what browsers take for "as it comes": they would show jitter as it is. The other bound is for those who come: what is dated by
 * the moment of sending looks like jitter for some seconds.
 */
const PLAYOUT_DELAY = { minMs: 10, maxMs: 400 };
/** Of the header extension. RFC 8843 §15. */
const MAX_MID_BYTES = 32;
/** It ended while the offer was being answered. */
const OVER: Refusal = {
  status: 409,
  message: "Nothing of this broadcast is sent here now.",
  headers: ["Retry-After", "2"],
};
const NO_H264 = "The offer has no H.264 with packetization-mode 1 to receive: pictures are sent in H.264 only.";

/** The viewer is added to the feed. @throws {Error} the library refuses the offer */
export async function openSession(options: SessionOptions): Promise<SessionResult> {
  const { request, token, endpoint, feed, clock, metrics, onConnected } = options;
  const { offer, reachedAt } = request;
  const sources = newSources();
  const id = newSecret(12);
  const viewer: WhepViewer = new WhepViewer({
    ...{ id, token, sources, clock, metrics },
    onConnected: (connected) => {
      onConnected();
      feed.begin(connected);
    },
    onKeyframeWanted: (stuck) => feed.begin(stuck),
    onListening: (listening) => feed.greet(listening),
  });
  const handlers = viewer.handlers();
  const sections = sectionWants(offer, sources, feed.codecs);
  try {
    const peer = await answerPeer(endpoint, { name: `whep ${id}`, offer, sections, reachedAt, handlers });
    try {
      return take(options, viewer, peer);
    } catch (error) {
      peer.pipe.close();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    return { ok: false, refusal: { status: 422, message: `The offer cannot be answered: ${error.message}.` } };
  }
}

function take({ request, feed }: SessionOptions, viewer: WhepViewer, peer: AnsweredPeer): SessionResult {
  const { pipe, sdp, agreement } = peer;
  const sent = agreement.media.filter(({ direction }) => sends(direction));
  const videoSection = sent.find(({ kind }) => kind === "video");
  const problem = problemOf(request.offer, videoSection, feed.missing);
  if (problem !== undefined || feed.isOver) {
    pipe.close();
    return { ok: false, refusal: problem === undefined ? OVER : { status: 422, message: problem } };
  }
  const audioSection = sent.find(({ kind }) => kind === "audio");
  viewer.attach(pipe, {
    video: videoSection && senderOf(videoSection),
    audio: audioSection && senderOf(audioSection),
  });
  feed.add(viewer);
  return { ok: true, viewer, sdp, headers: clockHeader(feed, viewer) };
}

/** Why nobody would see anything of it; undefined: it can go on. */
function problemOf(
  offer: SessionDescription,
  video: AgreedMedia | undefined,
  missing: string | undefined,
): string | undefined {
  const hasVideo = offer.sections.some(({ kind, rejected }) => kind === "video" && !rejected);
  if (hasVideo && video === undefined) return NO_H264;
  return hasVideo && missing !== undefined ? `The source's pictures cannot be sent by WebRTC. ${missing}` : undefined;
}

function senderOf(media: AgreedMedia): TrackSender | undefined {
  const { sender, mid, extensions, kind } = media;
  const [codec] = media.codecs;
  if (sender === undefined || codec === undefined) return undefined;
  const { rtxPayloadType } = codec;
  const { rtxSsrc } = sender;
  const hasRtx = rtxPayloadType !== undefined && rtxSsrc !== undefined;
  // What the extension cannot hold is left out: the description names the SSRC as well.
  const midBytes = Buffer.byteLength(mid);
  return new TrackSender({
    ssrc: sender.ssrc,
    payloadType: codec.payloadType,
    ...(hasRtx ? { rtx: { ssrc: rtxSsrc, payloadType: rtxPayloadType } } : {}),
    ids: extensionIds(extensions),
    ...(midBytes > 0 && midBytes <= MAX_MID_BYTES ? { mid } : {}),
    ...(kind === "video" ? { playoutDelay: PLAYOUT_DELAY } : {}),
    firstSequence: randomInt(0x8000),
    firstTimestamp: randomInt(2 ** 32),
  });
}

function newSources(): SessionSources {
  // Three that differ: RFC 3550 §8 leaves the choice to the sender.
  const first = randomInt(1, 2 ** 31);
  return { cname: newSecret(9), videoSsrc: first, rtxSsrc: first + 1, audioSsrc: first + 2 };
}

/** What the channel tells later, too; left out as long as it is not known. */
function clockHeader({ clock }: WhepFeed, viewer: WhepViewer): HeaderList {
  const known = clock && viewer.clockOf(clock);
  if (known === undefined) return [];
  const { rtp, rate, media, wall } = known;
  return ["Rostrum-Clock", `rtp=${rtp}; rate=${rate}; media=${media.toFixed(3)}; wall=${wall}`];
}
