/** The RTP header extensions that WebRTC uses: names, ids that one connection agreed on, and their values. */
import { u16At, u24At } from "./octets.ts";
import type { RtpView } from "./packet.ts";

/** URI of each extension, as `a=extmap` names it. */
export const EXTENSION_URIS = {
  /** RFC 9143 §15. */
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  /** RFC 8852 §3. */
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  /** RFC 6464. */
  audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01 §2. */
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  /** 3GPP TS 26.114 §7.4.5. */
  videoOrientation: "urn:3gpp:video-orientation",
  /** AV1 RTP payload format, appendix A. */
  dependencyDescriptor: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
} as const;

export type ExtensionName = keyof typeof EXTENSION_URIS;

/** The id of each extension on one connection, 1 to 255; 0 where it was not agreed. */
export type ExtensionIds = Readonly<Record<ExtensionName, number>>;

/** None agreed. */
export const NO_EXTENSIONS: ExtensionIds = {
  mid: 0,
  rid: 0,
  repairedRid: 0,
  audioLevel: 0,
  absSendTime: 0,
  transportSequence: 0,
  playoutDelay: 0,
  videoOrientation: 0,
  dependencyDescriptor: 0,
};

const TEXT_DECODER = new TextDecoder();
/** RFC 8852 §3.1 has no bound; browsers use a handful of characters. */
const MAX_TEXT_BYTES = 32;
/** playout-delay counts in steps of 10 ms. */
const PLAYOUT_STEP_MS = 10;

/** The ids of what was agreed; URIs that we do not know, and ids outside of 1 to 255 (or 15, which is reserved), are left out. */
export function extensionIds(agreed: Iterable<Readonly<{ id: number; uri: string }>>): ExtensionIds {
  const ids: Record<ExtensionName, number> = { ...NO_EXTENSIONS };
  for (const { id, uri } of agreed) {
    const name = nameOf(uri);
    if (name !== undefined && Number.isInteger(id) && id > 0 && id < 256 && id !== 15) ids[name] = id;
  }
  return ids;
}

/** Text of mid, rid or repairedRid; undefined when absent, empty or longer than 32 bytes. Makes a string: ask once for each source. */
export function readText(view: RtpView, id: number): string | undefined {
  const length = view.extensionLength(id);
  if (length < 1 || length > MAX_TEXT_BYTES) return undefined;
  const offset = view.extensionOffset(id);
  return TEXT_DECODER.decode(view.bytes.subarray(offset, offset + length));
}

/** Loudness in −dBov: 0 is loudest, 127 silence; −1 when absent. RFC 6464 §3. */
export function readAudioLevel(view: RtpView, id: number): number {
  const offset = view.extensionOffset(id);
  return offset < 0 || view.extensionLength(id) < 1 ? -1 : (view.bytes[offset] ?? 0) & 0x7f;
}

/** Whether the sender heard a voice; false when absent. RFC 6464 §3. */
export function readVoice(view: RtpView, id: number): boolean {
  const offset = view.extensionOffset(id);
  return offset >= 0 && view.extensionLength(id) >= 1 && (view.bytes[offset] ?? 0) >= 0x80;
}

/** 24 bits, 6.18 fixed point seconds; −1 when absent. */
export function readAbsSendTime(view: RtpView, id: number): number {
  const offset = view.extensionOffset(id);
  return offset < 0 || view.extensionLength(id) < 3 ? -1 : u24At(view.bytes, offset);
}

/** Transport-wide sequence number, 16 bits; −1 when absent. */
export function readTransportSequence(view: RtpView, id: number): number {
  const offset = view.extensionOffset(id);
  return offset < 0 || view.extensionLength(id) < 2 ? -1 : u16At(view.bytes, offset);
}

/** The byte of camera, flip and rotation; −1 when absent. */
export function readVideoOrientation(view: RtpView, id: number): number {
  const offset = view.extensionOffset(id);
  return offset < 0 || view.extensionLength(id) < 1 ? -1 : (view.bytes[offset] ?? 0);
}

/** The 24 bits of playout-delay. @param minMs, maxMs 0 to 40,950, in steps of 10 ms */
export function playoutDelayBits(minMs: number, maxMs: number): number {
  return (playoutSteps(minMs) << 12) | playoutSteps(maxMs);
}

function playoutSteps(ms: number): number {
  return Math.min(0xfff, Math.max(0, Math.round(ms / PLAYOUT_STEP_MS)));
}

function nameOf(uri: string): ExtensionName | undefined {
  for (const [name, known] of Object.entries(EXTENSION_URIS)) if (known === uri) return name as ExtensionName;
  return undefined;
}
