/** Writes session descriptions (RFC 8866 §9), lines ended by CRLF. */
import {
  taggedSection,
  type Codec,
  type DataSection,
  type MediaSection,
  type Section,
  type SessionDescription,
  type Simulcast,
  type Transport,
} from "./model.ts";

const ANY_ADDRESS = "c=IN IP4 0.0.0.0";
/** Ports mean nothing where ICE finds the way: 9 is "discard" (RFC 8829 §5.2.1). */
const DISCARD_PORT = 9;

/** The text of a description. Transport attributes stand in each open section, candidates in one. */
export function serializeSdp(description: SessionDescription): string {
  const { sessionId, sessionVersion, bundle, transport, sections } = description;
  const lines = ["v=0", `o=- ${sessionId} ${sessionVersion} IN IP4 127.0.0.1`, "s=-", "t=0 0"];
  if (bundle.length > 0) lines.push(`a=group:BUNDLE ${bundle.join(" ")}`);
  if (description.extmapAllowMixed) lines.push("a=extmap-allow-mixed");
  lines.push("a=msid-semantic: WMS *");
  if (transport.iceLite) lines.push("a=ice-lite");
  const tagged = taggedSection(sections, bundle);
  for (const [index, section] of sections.entries()) {
    writeSection(lines, section, section.rejected ? undefined : transport, index === tagged);
  }
  return `${lines.join("\r\n")}\r\n`;
}

function writeSection(
  lines: string[],
  section: Section,
  transport: Transport | undefined,
  hasCandidates: boolean,
): void {
  const port = section.rejected ? 0 : DISCARD_PORT;
  lines.push(`m=${mediaOf(section)} ${port} ${section.protocol} ${formatsOf(section)}`, ANY_ADDRESS);
  if (section.mid !== "") lines.push(`a=mid:${section.mid}`);
  if (transport !== undefined) writeTransport(lines, transport, hasCandidates);
  if (section.kind === "application") writeData(lines, section);
  else if (section.kind !== "other") writeMedia(lines, section);
}

function mediaOf(section: Section): string {
  return section.kind === "other" ? section.media : section.kind;
}

function formatsOf(section: Section): string {
  if (section.kind === "application") return "webrtc-datachannel";
  if (section.kind === "other") return section.formats;
  // There must be one, also where none is used (RFC 3264 §6).
  if (section.codecs.length === 0) return "0";
  const types = section.codecs.map(({ payloadType, rtxPayloadType }) =>
    rtxPayloadType === undefined ? payloadType : `${payloadType} ${rtxPayloadType}`,
  );
  return types.join(" ");
}

function writeTransport(lines: string[], transport: Transport, hasCandidates: boolean): void {
  const { fingerprint, candidates, endOfCandidates } = transport;
  lines.push(`a=ice-ufrag:${transport.iceUfrag}`, `a=ice-pwd:${transport.icePwd}`);
  if (transport.iceOptions.length > 0) lines.push(`a=ice-options:${transport.iceOptions.join(" ")}`);
  lines.push(`a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`, `a=setup:${transport.setup}`);
  if (!hasCandidates) return;
  for (const candidate of candidates) lines.push(`a=${candidate}`);
  if (endOfCandidates) lines.push("a=end-of-candidates");
}

function writeData(lines: string[], { rejected, sctpPort, maxMessageSizeBytes }: DataSection): void {
  if (!rejected) lines.push(`a=sctp-port:${sctpPort}`, `a=max-message-size:${maxMessageSizeBytes}`);
}

function writeMedia(lines: string[], section: MediaSection): void {
  if (section.rejected) {
    lines.push("a=inactive");
    return;
  }
  for (const { id, uri, direction } of section.extensions) {
    lines.push(direction === undefined ? `a=extmap:${id} ${uri}` : `a=extmap:${id}/${direction} ${uri}`);
  }
  lines.push(`a=${section.direction}`);
  for (const { stream, track } of section.msids)
    lines.push(track === "" ? `a=msid:${stream}` : `a=msid:${stream} ${track}`);
  if (section.rtcpMux) lines.push("a=rtcp-mux");
  if (section.rtcpReducedSize) lines.push("a=rtcp-rsize");
  for (const codec of section.codecs) writeCodec(lines, codec);
  writeLayers(lines, section);
  writeSources(lines, section);
}

function writeCodec(lines: string[], codec: Codec): void {
  const { payloadType, name, clockRate, channels, fmtp, feedback, rtxPayloadType } = codec;
  lines.push(`a=rtpmap:${payloadType} ${name}/${clockRate}${channels > 1 ? `/${channels}` : ""}`);
  for (const each of feedback) lines.push(`a=rtcp-fb:${payloadType} ${each}`);
  if (fmtp !== "") lines.push(`a=fmtp:${payloadType} ${fmtp}`);
  if (rtxPayloadType === undefined) return;
  lines.push(`a=rtpmap:${rtxPayloadType} rtx/${clockRate}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`);
}

function writeLayers(lines: string[], { rids, simulcast }: MediaSection): void {
  for (const { id, direction, payloadTypes, limits } of rids) {
    const types = payloadTypes.length > 0 ? `pt=${payloadTypes.join(",")}` : "";
    const rest = [types, limits].filter((part) => part !== "").join(";");
    lines.push(rest === "" ? `a=rid:${id} ${direction}` : `a=rid:${id} ${direction} ${rest}`);
  }
  if (simulcast !== undefined) lines.push(`a=simulcast:${simulcastText(simulcast)}`);
}

function simulcastText(simulcast: Simulcast): string {
  const parts = (["send", "recv"] as const).flatMap((direction) => {
    const streams = simulcast[direction].map(({ rid, paused, alternatives }) =>
      [`${paused ? "~" : ""}${rid}`, ...alternatives].join(","),
    );
    return streams.length > 0 ? [`${direction} ${streams.join(";")}`] : [];
  });
  return parts.join(" ");
}

function writeSources(lines: string[], { sources, sourceGroups }: MediaSection): void {
  for (const { semantics, ssrcs } of sourceGroups) lines.push(`a=ssrc-group:${semantics} ${ssrcs.join(" ")}`);
  for (const { ssrc, cname, msid } of sources) {
    if (cname !== undefined) lines.push(`a=ssrc:${ssrc} cname:${cname}`);
    if (msid !== undefined) lines.push(`a=ssrc:${ssrc} msid:${msid.stream} ${msid.track}`.trimEnd());
    if (cname === undefined && msid === undefined) lines.push(`a=ssrc:${ssrc}`);
  }
}
