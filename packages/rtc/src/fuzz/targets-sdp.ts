/** Fuzz targets of session descriptions, ICE candidates and what is trickled. */
import type { FuzzTarget } from "@rostrum/media/fuzz/target";
import { MalformedError } from "@rostrum/media/errors";
import { answer } from "../sdp/answer.ts";
import { isUsableCandidate, parseCandidate, serializeCandidate, toPublicCandidates } from "../sdp/candidate.ts";
import { AV1, H264, OPUS, VP8, VP9 } from "../sdp/codecs.ts";
import { EXTENSION } from "../sdp/extensions.ts";
import { AUDIO_LINES, DATA_LINES, LOCAL, session, TRANSPORT, VIDEO_LINES } from "../sdp/fixtures.ts";
import { parseIceFragment } from "../sdp/fragment.ts";
import { assignPayloadTypes, offer, readAnswer } from "../sdp/offer.ts";
import { isMedia, type Section, type SessionDescription } from "../sdp/model.ts";
import { parseSdp } from "../sdp/parse.ts";
import { serializeSdp } from "../sdp/serialize.ts";
import { requireSuccessor } from "../sdp/session.ts";
import type { OfferWants, SectionWant } from "../sdp/wants.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const SENDER = { msid: { stream: "s", track: "t" }, cname: "c", ssrc: 1, rtxSsrc: 2 };
const TYPES = assignPayloadTypes([OPUS], [VP8, H264]);

const OFFERS = [
  session("0 1 2", ...AUDIO_LINES, ...VIDEO_LINES, ...DATA_LINES),
  session("2", ...DATA_LINES),
  session("1", ...VIDEO_LINES.map((line) => line.replace("simulcast:send q", "simulcast: send rid=q"))),
];

const OFFERED: OfferWants = {
  transport: TRANSPORT,
  sessionId: "1",
  sessionVersion: 1,
  sections: [
    { kind: "audio", mid: "0", direction: "sendonly", codecs: TYPES.audio, extensions: [], sender: SENDER },
    { kind: "video", mid: "1", direction: "sendonly", codecs: TYPES.video, extensions: [], sender: SENDER },
    { kind: "application", mid: "2", maxMessageSizeBytes: 1_000 },
  ],
};

const CANDIDATES = [
  "candidate:842163049 1 udp 2122260223 192.168.1.5 54321 typ host generation 0 ufrag abcd network-id 1",
  "a=candidate:1 1 UDP 1 2001:db8::1 9 typ srflx raddr 0.0.0.0 rport 0",
];

const FRAGMENT = [
  ...["a=group:BUNDLE 0 1", "a=ice-ufrag:EsAw", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1"],
  ...["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", ...CANDIDATES.map((each) => `a=${each.replace(/^a=/, "")}`)],
  ...["a=end-of-candidates", ""],
].join("\r\n");

/** Whatever a peer may send as a description or candidate. */
export const sdpTargets: readonly FuzzTarget[] = [
  {
    name: "sdp-offer",
    seeds: () => OFFERS.map((text) => ENCODER.encode(text)),
    run: (bytes) => takeOffer(DECODER.decode(bytes)),
  },
  {
    name: "sdp-answer",
    seeds: () => [ENCODER.encode(answerText())],
    run: (bytes) => takeAnswer(DECODER.decode(bytes)),
  },
  {
    name: "ice-candidate",
    seeds: () => CANDIDATES.map((text) => ENCODER.encode(text)),
    run: (bytes) => takeCandidate(DECODER.decode(bytes)),
  },
  {
    name: "ice-fragment",
    seeds: () => [ENCODER.encode(FRAGMENT)],
    run: (bytes) => takeFragment(DECODER.decode(bytes)),
  },
];

/** What was read can be written and answered, and both read back. */
function takeOffer(text: string): void {
  const description = parseSdp(text);
  const once = serializeSdp(parseSdp(serializeSdp(description)));
  const twice = serializeSdp(parseSdp(once));
  if (once !== twice) throw new Error(`${once} came back as ${twice}`);
  requireSuccessor(description, description);
  const wants = { transport: LOCAL, sessionId: "1", sessionVersion: 1, sections: description.sections.map(wantFor) };
  const answered = answer(description, wants);
  requireFit(description, answered.description);
  if (answered.description.sections.some(({ rejected }) => !rejected)) parseSdp(serializeSdp(answered.description));
}

function wantFor(section: Section): SectionWant {
  if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: 1_000 };
  if (!isMedia(section)) return { kind: "reject" };
  return {
    kind: "media",
    direction: "sendrecv",
    codecs: [H264, VP8, VP9, AV1, OPUS],
    severalCodecs: section.mid.length % 2 === 0,
    extensions: Object.values(EXTENSION),
    sender: SENDER,
    maxLayers: 3,
  };
}

function requireFit(offered: SessionDescription, answered: SessionDescription): void {
  const kinds = ({ sections }: SessionDescription): string => sections.map(({ kind, mid }) => `${kind} ${mid}`).join();
  if (kinds(offered) !== kinds(answered)) throw new Error(`${kinds(answered)} answers ${kinds(offered)}`);
}

function answerText(): string {
  const sections = OFFERED.sections.map((section): SectionWant => {
    if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: 1_000 };
    return { kind: "media", direction: "recvonly", codecs: [OPUS, H264, VP8], severalCodecs: true, extensions: [] };
  });
  const { description } = answer(offer(OFFERED), { transport: LOCAL, sessionId: "1", sessionVersion: 1, sections });
  return serializeSdp(description);
}

function takeAnswer(text: string): void {
  const { media } = readAnswer(OFFERED.sections, parseSdp(text));
  for (const { codecs } of media) if (codecs.length === 0) throw new Error("a section without a codec was agreed on");
}

function takeFragment(text: string): void {
  const fragment = parseIceFragment(text);
  if (fragment === undefined) throw new MalformedError("no fragment", 0, "RFC 8840 §9");
  if (fragment.candidates.length > 64) throw new Error(`${fragment.candidates.length} candidates of one fragment`);
  for (const candidate of fragment.candidates) parseCandidate(candidate);
}

function takeCandidate(text: string): void {
  const candidate = parseCandidate(text);
  if (candidate === undefined) throw new MalformedError("no candidate", 0, "RFC 8839 §5.1");
  isUsableCandidate(candidate);
  for (const mapped of toPublicCandidates(candidate, ["203.0.113.1", "2001:db8::2"])) {
    const line = serializeCandidate(mapped);
    if (/[\r\n]/.test(line)) throw new Error(`a candidate of two lines: ${line}`);
    const again = parseCandidate(line);
    if (again === undefined || serializeCandidate(again) !== line) throw new Error(`${line} does not read back`);
  }
}
