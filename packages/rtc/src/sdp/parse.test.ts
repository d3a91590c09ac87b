import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { expect, test } from "vitest";
import { AUDIO_LINES, DATA_LINES, sdp, session, TRANSPORT, TRANSPORT_LINES, VIDEO_LINES } from "./fixtures.ts";
import type { DataSection, MediaSection } from "./model.ts";
import { fmtpParameters } from "./parse-codecs.ts";
import { parseSdp } from "./parse.ts";
import { serializeSdp } from "./serialize.ts";

const media = (text: string, index = 0): MediaSection => parseSdp(text).sections[index] as MediaSection;
/** A small section of its own with these lines. */
const withLines = (...lines: readonly string[]): string =>
  session("0", "m=video 9 UDP/TLS/RTP/SAVPF 96", ...TRANSPORT_LINES, "a=mid:0", "a=rtcp-mux", ...lines);

test("an empty text, another version and a description without o= are no descriptions", () => {
  expect(() => parseSdp("")).toThrow(new MalformedError("an empty session description", 0, "RFC 8866 §5"));
  expect(() => parseSdp("v=1\r\n")).toThrow(/it must begin with v=0 \(at byte 0, RFC 8866 §5\)/);
  expect(() => parseSdp("hello\r\n")).toThrow(/a line without "x=": "hello"/);
  expect(() => parseSdp(sdp("v=0", "s=-", ...DATA_LINES))).toThrow(/there is no o= line/);
});

test("what ICE and DTLS need must be there", () => {
  const without = (name: string): string => session("2", ...DATA_LINES.filter((line) => !line.startsWith(`a=${name}`)));
  expect(() => parseSdp(without("ice-ufrag"))).toThrow(/no ice-ufrag of 4 to 256 characters/);
  expect(() => parseSdp(without("ice-pwd"))).toThrow(/no ice-pwd of 22 to 256 characters/);
  expect(() => parseSdp(without("fingerprint"))).toThrow(/no fingerprint: media must be encrypted/);
  expect(() => parseSdp(session("0"))).toThrow(/no section is open/);
});

test("a certificate hash that is too weak or of the wrong length is refused in words", () => {
  const hashed = (value: string): string =>
    session("2", ...DATA_LINES.filter((line) => !line.includes("fingerprint")), value);
  const refused = hashed("a=fingerprint:sha-1 00:11");
  expect(() => parseSdp(refused)).toThrow(UnsupportedError);
  expect(() => parseSdp(refused)).toThrow(/"sha-1 00:11" is not one of sha-256, sha-384, sha-512/);
  expect(() => parseSdp(hashed("a=fingerprint:sha-256 00:11"))).toThrow(UnsupportedError);
  const both = hashed(
    `a=fingerprint:sha-1 00:11\r\na=fingerprint:SHA-256 ${TRANSPORT.fingerprint.value.toLowerCase()}`,
  );
  expect(parseSdp(both).transport.fingerprint).toEqual(TRANSPORT.fingerprint);
});

test("bounds: size, sections, lines of a section, length of a line", () => {
  expect(() => parseSdp(`v=0\r\n${"a".repeat(1024 * 1024)}`)).toThrow(ProtocolViolation);
  expect(() => parseSdp(withLines(`a=fmtp:96 ${"x".repeat(9_000)}`))).toThrow(/a line of more than 8192 characters/);
  const many = Array.from({ length: 1_100 }, (_, index) => `a=x${index}`);
  expect(() => parseSdp(withLines(...many))).toThrow(/more than 1024 attributes in one section/);
  const sections = Array.from({ length: 300 }, () => "m=audio 0 UDP/TLS/RTP/SAVPF 0");
  expect(() => parseSdp(session("0", ...sections))).toThrow(/more than 256 sections/);
});

test("a mid names one section", () => {
  const twice = session("0", ...AUDIO_LINES, "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0");
  expect(() => parseSdp(twice)).toThrow(/two sections with mid "0"/);
  expect(() => parseSdp(session("0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:"))).toThrow(/the mid "" is not 1 to 64/);
});

test("a browser's microphone is read whole", () => {
  const description = parseSdp(session("0", ...AUDIO_LINES));
  expect(description).toEqual({
    sessionId: "42",
    sessionVersion: "2",
    bundle: ["0"],
    transport: TRANSPORT,
    extmapAllowMixed: false,
    sections: [
      {
        kind: "audio",
        mid: "0",
        rejected: false,
        protocol: "UDP/TLS/RTP/SAVPF",
        direction: "sendonly",
        codecs: [
          {
            ...{ payloadType: 111, name: "opus", clockRate: 48_000, channels: 2 },
            ...{ fmtp: "minptime=10;useinbandfec=1", feedback: ["transport-cc"] },
          },
          { payloadType: 63, name: "red", clockRate: 48_000, channels: 2, fmtp: "111/111", feedback: [] },
          { payloadType: 9, name: "G722", clockRate: 8_000, channels: 1, fmtp: "", feedback: [] },
          { payloadType: 0, name: "PCMU", clockRate: 8_000, channels: 1, fmtp: "", feedback: [] },
          { payloadType: 13, name: "CN", clockRate: 8_000, channels: 1, fmtp: "", feedback: [] },
          { payloadType: 110, name: "telephone-event", clockRate: 48_000, channels: 1, fmtp: "", feedback: [] },
        ],
        extensions: [
          { id: 1, uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level" },
          { id: 2, uri: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time" },
          { id: 3, uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01" },
          { id: 4, uri: "urn:ietf:params:rtp-hdrext:sdes:mid" },
        ],
        msids: [{ stream: "stream-1", track: "mic-1" }],
        rids: [],
        sources: [{ ssrc: 1111, cname: "them", msid: { stream: "stream-1", track: "mic-1" } }],
        sourceGroups: [],
        rtcpMux: true,
        rtcpReducedSize: true,
      },
    ],
  });
});

test("retransmission is joined to what it repeats, simulcast to its rids", () => {
  const section = media(session("1", ...VIDEO_LINES));
  expect(section.codecs.map(({ payloadType, name, rtxPayloadType }) => [payloadType, name, rtxPayloadType])).toEqual([
    [96, "VP8", 97],
    [102, "H264", 103],
    [104, "H264", 105],
    [106, "H264", 107],
    [98, "VP9", 99],
  ]);
  expect(section.rids.map(({ id, direction }) => [id, direction])).toEqual([
    ["q", "send"],
    ["h", "send"],
    ["f", "send"],
  ]);
  expect(section.simulcast?.send.map(({ rid }) => rid)).toEqual(["q", "h", "f"]);
});

test.each([
  [
    "a=simulcast:send 1,~4;~2 recv 3",
    {
      send: [
        ["1", false, ["~4"]],
        ["2", true, []],
      ],
      recv: [["3", false, []]],
    },
  ],
  [
    "a=simulcast:recv q;h;f",
    {
      send: [],
      recv: [
        ["q", false, []],
        ["h", false, []],
        ["f", false, []],
      ],
    },
  ],
  [
    "a=simulcast: send rid=f;h;q",
    {
      send: [
        ["f", false, []],
        ["h", false, []],
        ["q", false, []],
      ],
      recv: [],
    },
  ],
  ["a=simulcast:send", undefined],
  ["a=simulcast:send ;;,", undefined],
])("%s", (line, expected) => {
  const { simulcast } = media(withLines(line));
  const shape = (streams: NonNullable<typeof simulcast>["send"]): unknown =>
    streams.map(({ rid, paused, alternatives }) => [rid, paused, alternatives]);
  expect(simulcast && { send: shape(simulcast.send), recv: shape(simulcast.recv) }).toEqual(expected);
});

test("rids may be limited to payload types and sizes", () => {
  expect(media(withLines("a=rid:hi send pt=96,97;max-width=1280;max-fps=30", "a=rid:no")).rids).toEqual([
    { id: "hi", direction: "send", payloadTypes: [96, 97], limits: "max-width=1280;max-fps=30" },
  ]);
});

test("sources and their groups", () => {
  const section = media(
    withLines(
      ...[
        "a=ssrc-group:FID 5 6",
        "a=ssrc-group:SIM 5 7 9",
        "a=ssrc-group:FID x",
        "a=ssrc:5 cname:c",
        "a=ssrc:5 msid:- t",
      ],
      ...["a=ssrc:6 cname:c", "a=ssrc:7", "a=ssrc:4294967296 cname:no"],
    ),
  );
  expect(section.sourceGroups).toEqual([
    { semantics: "FID", ssrcs: [5, 6] },
    { semantics: "SIM", ssrcs: [5, 7, 9] },
  ]);
  expect(section.sources).toEqual([
    { ssrc: 5, cname: "c", msid: { stream: "-", track: "t" } },
    { ssrc: 6, cname: "c" },
    { ssrc: 7 },
  ]);
});

test("feedback for all codecs, parameters on several lines, formats without meaning", () => {
  const { codecs } = media(
    session(
      "0",
      ...["m=video 9 UDP/TLS/RTP/SAVPF 96 97 96 300 x", ...TRANSPORT_LINES, "a=mid:0"],
      ...["a=rtpmap:96 VP8/90000", "a=rtcp-fb:* nack", "a=rtcp-fb:96 nack  pli", "a=fmtp:96 a=1", "a=fmtp:96 b=2"],
    ),
  );
  expect(codecs).toEqual([
    { payloadType: 96, name: "VP8", clockRate: 90_000, channels: 1, fmtp: "a=1;b=2", feedback: ["nack pli", "nack"] },
  ]);
  expect([...fmtpParameters("Level-Asymmetry-Allowed=1; packetization-mode = 1;;flag")]).toEqual([
    ["level-asymmetry-allowed", "1"],
    ["packetization-mode", "1"],
    ["flag", ""],
  ]);
});

test("extension ids that no header can carry are left out", () => {
  const { extensions } = media(
    withLines(
      "a=extmap:0 urn:a",
      "a=extmap:15 urn:b",
      "a=extmap:256 urn:c",
      "a=extmap:16/recvonly urn:d with more",
      "a=extmap:16 urn:e",
    ),
  );
  expect(extensions).toEqual([{ id: 16, uri: "urn:d", direction: "recvonly" }]);
});

test("transport attributes of the session hold for the bundle, those of its first section come first", () => {
  const text = sdp(
    ...["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite", "a=group:LS 0", "a=group:BUNDLE gone b a"],
    ...["a=extmap-allow-mixed", ...TRANSPORT_LINES, "a=end-of-candidates"],
    ...["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:a", "a=ice-ufrag:other", "a=candidate:9 1 udp 1 192.0.2.9 9 typ host"],
    ...["m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:gone"],
    ...["m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:b", "a=bundle-only", "a=candidate:1 1 udp 1 192.0.2.1 9 typ host"],
    ...["a=ice-options:ice2,trickle", "a=setup:passive"],
  );
  const { transport, sections, extmapAllowMixed } = parseSdp(text);
  expect(transport).toEqual({
    ...TRANSPORT,
    iceOptions: ["ice2", "trickle"],
    iceLite: true,
    setup: "passive",
    candidates: ["candidate:1 1 udp 1 192.0.2.1 9 typ host"],
    endOfCandidates: true,
  });
  expect(sections.map(({ rejected }) => rejected)).toEqual([false, true, false]);
  expect(extmapAllowMixed).toBe(true);
});

test("plain RTP, old SCTP and text are sections that keep their place", () => {
  const { sections } = parseSdp(
    session(
      "2",
      ...["m=audio 5004 RTP/AVP 0", "m=application 9 DTLS/SCTP 5000", "m=text 9 UDP/TLS/RTP/SAVPF 98", ...DATA_LINES],
    ),
  );
  expect(sections.map(({ kind, protocol }) => [kind, protocol])).toEqual([
    ["other", "RTP/AVP"],
    ["other", "DTLS/SCTP"],
    ["other", "UDP/TLS/RTP/SAVPF"],
    ["application", "UDP/DTLS/SCTP"],
  ]);
});

test("data sections have defaults", () => {
  const lines = DATA_LINES.filter((line) => !line.startsWith("a=sctp") && !line.startsWith("a=max"));
  const [section] = parseSdp(session("2", ...lines)).sections as [DataSection];
  expect([section.sctpPort, section.maxMessageSizeBytes]).toEqual([5_000, 65_536]);
  const [odd] = parseSdp(session("2", ...lines, "a=sctp-port:70000", "a=max-message-size:-1")).sections as [
    DataSection,
  ];
  expect([odd.sctpPort, odd.maxMessageSizeBytes]).toEqual([5_000, 65_536]);
});

test("what was read is written, and reads back as the same", () => {
  const description = parseSdp(session("0 1 2", ...AUDIO_LINES, ...VIDEO_LINES, ...DATA_LINES));
  expect(parseSdp(serializeSdp(description))).toEqual(description);
});

test("bare line feeds and trailing blanks are read as well", () => {
  const text = session("2", ...DATA_LINES);
  expect(parseSdp(`${text.replaceAll("\r\n", " \n")}\n\n`)).toEqual(parseSdp(text));
});
