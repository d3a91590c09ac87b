/** What clients of tests offer and take: codecs, header extensions, sections. */
import { H264, OPUS, VP8 } from "../../sdp/codecs.ts";
import { EXTENSION } from "../../sdp/extensions.ts";
import { isMedia, type SessionDescription } from "../../sdp/model.ts";
import { assignPayloadTypes } from "../../sdp/offer.ts";
import type { OfferedData, OfferedMedia, SectionWant } from "../../sdp/wants.ts";

const TYPES = assignPayloadTypes([OPUS], [VP8, { ...H264, h264Profiles: ["constrained-baseline"] }]);
const EXTENSIONS = [EXTENSION.mid, EXTENSION.audioLevel, EXTENSION.transportCc, EXTENSION.absSendTime].map(
  (uri, index) => ({ id: index + 1, uri }),
);
const MAX_MESSAGE_BYTES = 65_536;

export const DATA_SECTION: OfferedData = { kind: "application", mid: "0", maxMessageSizeBytes: MAX_MESSAGE_BYTES };

/** @param sender of a section that sends */
export function mediaSection(
  kind: "audio" | "video",
  mid: string,
  sender?: Readonly<{ cid: string; cname: string; ssrc: number }>,
): OfferedMedia {
  return {
    kind,
    mid,
    direction: sender === undefined ? "recvonly" : "sendonly",
    codecs: TYPES[kind],
    extensions: EXTENSIONS,
    ...(sender === undefined
      ? {}
      : { sender: { msid: { stream: "-", track: sender.cid }, cname: sender.cname, ssrc: sender.ssrc } }),
  };
}

/** Takes all that is offered. */
export function wantAll(section: SessionDescription["sections"][number]): SectionWant {
  if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: MAX_MESSAGE_BYTES };
  if (!isMedia(section)) return { kind: "reject" };
  const codecs = section.kind === "audio" ? [OPUS] : [VP8, H264];
  const extensions = EXTENSIONS.map(({ uri }) => uri);
  return { kind: "media", direction: "recvonly", codecs, severalCodecs: true, extensions };
}
