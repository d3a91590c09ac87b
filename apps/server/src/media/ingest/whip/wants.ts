/** What of an offer a program can take: one H.264 picture, one Opus sound. Pure. RFC 9725 §4.2. */
import { type ParameterSets, parseSpropParameterSets } from "@rostrum/rtc/rtp/h264-samples";
import { EXTENSION } from "@rostrum/rtc/sdp/extensions";
import { H264, isCodec, OPUS_STEREO, RED } from "@rostrum/rtc/sdp/codecs";
import { type Codec, isMedia, sends, type MediaSection, type SessionDescription } from "@rostrum/rtc/sdp/model";
import { answer } from "@rostrum/rtc/sdp/answer";
import { fmtpParameters } from "@rostrum/rtc/sdp/parse-codecs";
import type { AgreedMedia, Agreement, CodecWant, MediaWant, SectionWant } from "@rostrum/rtc/sdp/wants";

/** `sections` as in AnswerWants; `message` is a sentence on what cannot be taken and what can. */
export type WhipWants =
  | { readonly ok: true; readonly sections: readonly SectionWant[] }
  | { readonly ok: false; readonly message: string };

const REJECT: SectionWant = { kind: "reject" };
/** Browsers send 64 kb/s of stereo when nobody asks for more: enough for speech, not for music. */
const OPUS: CodecWant = { ...OPUS_STEREO, fmtp: `${OPUS_STEREO.fmtp ?? ""};maxaveragebitrate=128000` };
/** `all` also has what only wraps the codec. */
const WANTED = {
  video: { codec: H264, all: [H264] as readonly CodecWant[], name: "H.264 with packetization-mode=1" },
  audio: { codec: OPUS, all: [RED, OPUS] as readonly CodecWant[], name: "Opus" },
} as const;
/**
 * Browsers begin with 300 kb/s and a small picture, which grows in steps, each a break in the program. With this they begin as large as
 * they are meant to be; what does not fit through the line they find out as ever.
 */
const START_KBPS = 2_000;
const NOTHING =
  "Nothing is sent in this offer: a sendonly section of audio with Opus, of video with H.264, or one of each is needed.";

/**
 * The first section of each kind that sends is taken, further ones are rejected. Layers of simulcast are not asked for.
 * @param isBrowser whether the sender is a browser of the kind that takes a hint on its first bitrate
 */
export function whipWants(offer: SessionDescription, isBrowser = false): WhipWants {
  const taken = new Set<string>();
  const sections: SectionWant[] = [];
  for (const section of offer.sections) {
    if (!isMedia(section) || section.rejected || !sends(section.direction) || taken.has(section.kind)) {
      sections.push(REJECT);
      continue;
    }
    const want = mediaWant(section.kind, isBrowser);
    const message = refusalOf(offer, sections.length, section, want);
    if (message !== undefined) return { ok: false, message };
    taken.add(section.kind);
    sections.push(want);
  }
  return taken.size === 0 ? { ok: false, message: NOTHING } : { ok: true, sections };
}

/** The codec of an agreed section itself, not what wraps it. */
export function mainCodec({ kind, codecs }: AgreedMedia): Codec | undefined {
  return codecs.find((codec) => isCodec(codec, WANTED[kind].codec.name));
}

/** Parameter sets of the picture that the offer gave: some encoders do not repeat them in band. The answer does not have them. */
export function offeredParameterSets(offer: SessionDescription, { media }: Agreement): ParameterSets {
  for (const each of media) {
    const section = offer.sections[each.index];
    if (each.kind !== "video" || section === undefined || !isMedia(section)) continue;
    const codec = section.codecs.find(({ payloadType }) => payloadType === mainCodec(each)?.payloadType);
    const value = fmtpParameters(codec?.fmtp ?? "").get("sprop-parameter-sets");
    if (value !== undefined) return parseSpropParameterSets(value);
  }
  return { sps: [], pps: [] };
}

function mediaWant(kind: MediaSection["kind"], isBrowser: boolean): MediaWant {
  const extensions = [EXTENSION.mid, EXTENSION.transportCc];
  const hint = kind === "video" && isBrowser ? { moreFmtp: `x-google-start-bitrate=${START_KBPS}` } : {};
  const codecs = WANTED[kind].all.map((codec) => ({ ...codec, ...hint }));
  return { kind: "media", direction: "recvonly", codecs, severalCodecs: kind === "audio", extensions };
}

/** A section that would be rejected in silence: the encoder would believe that it is live. */
function refusalOf(
  offer: SessionDescription,
  index: number,
  section: MediaSection,
  want: MediaWant,
): string | undefined {
  const sections = offer.sections.map((_, at) => (at === index ? want : REJECT));
  const transport = { ...offer.transport, setup: offer.transport.setup === "active" ? "passive" : "active" } as const;
  const { agreement } = answer(offer, { transport, sessionId: "0", sessionVersion: 1, sections });
  const { kind, codecs } = section;
  if (agreement.media.some((media) => mainCodec(media) !== undefined)) return undefined;
  const offered = [...new Set(codecs.slice(0, 20).map(({ name }) => name.slice(0, 20)))].join(", ");
  const instead = `Set the encoder to ${WANTED.video.name}, and to Opus.`;
  if (!codecs.some((codec) => isCodec(codec, WANTED[kind].codec.name))) {
    return `The ${kind} is offered as ${offered || "nothing"}, of which nothing can be shown. ${instead}`;
  }
  return `The ${kind} is offered in a form that cannot be taken: ${WANTED[kind].name}, with rtcp-mux and within the BUNDLE group, is needed.`;
}
