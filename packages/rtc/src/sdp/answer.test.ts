import { ProtocolViolation } from "@rostrum/media/errors";
import { expect, test } from "vitest";
import { answer } from "./answer.ts";
import { H264, OPUS, OPUS_STEREO, VP8, VP9 } from "./codecs.ts";
import { EXTENSION } from "./extensions.ts";
import { AUDIO_LINES, DATA_LINES, LOCAL, sdp, session, VIDEO_LINES } from "./fixtures.ts";
import { parseSdp } from "./parse.ts";
import { serializeSdp } from "./serialize.ts";
import type { AnswerWants, MediaWant, SectionWant } from "./wants.ts";

const LAYERED = [EXTENSION.mid, EXTENSION.rid, EXTENSION.repairedRid, EXTENSION.transportCc];
const receive: MediaWant = { kind: "media", direction: "recvonly", codecs: [VP8], extensions: LAYERED, maxLayers: 3 };
const receiveAudio: MediaWant = { ...receive, codecs: [OPUS], extensions: [EXTENSION.audioLevel, EXTENSION.mid] };
const SENDER = { msid: { stream: "PA_1", track: "TR_1" }, cname: "PA_1", ssrc: 7, rtxSsrc: 8 };
const send: MediaWant = {
  kind: "media",
  direction: "sendonly",
  codecs: [H264],
  extensions: [EXTENSION.mid],
  sender: SENDER,
};

const wants = (...sections: readonly SectionWant[]): AnswerWants => ({
  transport: LOCAL,
  sessionId: "77",
  sessionVersion: 3,
  sections,
});
const answerTo = (text: string, ...sections: readonly SectionWant[]): ReturnType<typeof answer> =>
  answer(parseSdp(text), wants(...sections));
const textOf = (text: string, ...sections: readonly SectionWant[]): string =>
  serializeSdp(answerTo(text, ...sections).description);

const HEAD = ["v=0", "o=- 77 3 IN IP4 127.0.0.1", "s=-", "t=0 0"];
const TRANSPORT_LINES = [
  ...["a=ice-ufrag:ours", "a=ice-pwd:lkjihgfedcba9876543210", "a=ice-options:trickle"],
  ...[`a=fingerprint:sha-256 ${LOCAL.fingerprint.value}`, "a=setup:active"],
];
const CANDIDATE_LINES = ["a=candidate:1 1 UDP 2122317823 192.0.2.1 7882 typ host", "a=end-of-candidates"];
const ANY = "c=IN IP4 0.0.0.0";

test("a microphone, a camera in three layers and data are taken: the whole answer", () => {
  const text = session("0 1 2", ...AUDIO_LINES, ...VIDEO_LINES, ...DATA_LINES);
  const { description, agreement } = answerTo(text, receiveAudio, receive, {
    kind: "data",
    maxMessageSizeBytes: 65_536,
  });
  expect(serializeSdp(description)).toBe(
    sdp(
      ...[...HEAD, "a=group:BUNDLE 0 1 2", "a=msid-semantic: WMS *"],
      ...["m=audio 9 UDP/TLS/RTP/SAVPF 111", ANY, "a=mid:0", ...TRANSPORT_LINES, ...CANDIDATE_LINES],
      ...["a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid"],
      ...[
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
      ],
      ...["m=video 9 UDP/TLS/RTP/SAVPF 96 97", ANY, "a=mid:1", ...TRANSPORT_LINES],
      ...[
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
      ],
      "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
      "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
      ...["a=recvonly", "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 goog-remb"],
      ...["a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 ccm fir", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli"],
      ...["a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96", "a=rid:q recv", "a=rid:h recv", "a=rid:f recv"],
      ...["a=simulcast:recv q;h;f", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", ANY, "a=mid:2"],
      ...[...TRANSPORT_LINES, "a=sctp-port:5000", "a=max-message-size:65536"],
    ),
  );
  expect(agreement.data).toEqual({ mid: "2", index: 2, maxMessageSizeBytes: 262_144 });
  expect(
    agreement.media.map(({ mid, direction, layers, codecs }) => [mid, direction, layers, codecs[0]?.name]),
  ).toEqual([
    ["0", "recvonly", [], "opus"],
    ["1", "recvonly", ["q", "h", "f"], "VP8"],
  ]);
  expect(agreement.media[1]?.remote.msids).toEqual([{ stream: "stream-1", track: "cam-1" }]);
});

test("the peer asks for a track and gets it announced with its retransmission source", () => {
  const wanted = VIDEO_LINES.filter((line) => !/^a=(rid|simulcast|msid)/.test(line));
  const text = session("1", ...wanted.map((line) => (line === "a=sendonly" ? "a=recvonly" : line)));
  expect(textOf(text, send)).toBe(
    sdp(
      ...[...HEAD, "a=group:BUNDLE 1", "a=msid-semantic: WMS *"],
      ...["m=video 9 UDP/TLS/RTP/SAVPF 106 107", ANY, "a=mid:1", ...TRANSPORT_LINES, ...CANDIDATE_LINES],
      ...[
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=sendonly",
        "a=msid:PA_1 TR_1",
        "a=rtcp-mux",
        "a=rtcp-rsize",
      ],
      ...["a=rtpmap:106 H264/90000", "a=rtcp-fb:106 nack", "a=rtcp-fb:106 nack pli"],
      "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
      ...["a=rtpmap:107 rtx/90000", "a=fmtp:107 apt=106", "a=ssrc-group:FID 7 8"],
      ...["a=ssrc:7 cname:PA_1", "a=ssrc:7 msid:PA_1 TR_1", "a=ssrc:8 cname:PA_1", "a=ssrc:8 msid:PA_1 TR_1"],
    ),
  );
});

test("rejected: unwanted, of the wrong kind, without a codec in common, without rtcp-mux, outside the bundle", () => {
  const rejects = (text: string, ...sections: readonly SectionWant[]): void => {
    const { description, agreement } = answerTo(text, ...sections);
    expect(description.sections.map(({ rejected }) => rejected)).toEqual([true]);
    expect([description.bundle, agreement.media, agreement.data]).toEqual([[], [], undefined]);
  };
  const video = session("1", ...VIDEO_LINES);
  rejects(video);
  rejects(video, { kind: "reject" });
  rejects(video, { kind: "data", maxMessageSizeBytes: 1 });
  rejects(video, { ...receive, codecs: [VP9] });
  rejects(video.replace("a=rtcp-mux\r\n", ""), receive);
  rejects(session("other", ...VIDEO_LINES), receive);
  rejects(session("0", "m=audio 5004 RTP/AVP 0", ...DATA_LINES.slice(2, 8)), receiveAudio);
});

test("a rejected section keeps its place with port 0", () => {
  const text = session("0 1", ...AUDIO_LINES, ...VIDEO_LINES);
  expect(textOf(text, { kind: "reject" }, receive)).toContain(
    sdp("a=group:BUNDLE 1", "a=msid-semantic: WMS *", "m=audio 0 UDP/TLS/RTP/SAVPF 111", ANY, "a=mid:0", "a=inactive"),
  );
});

test("an offer without a bundle has its first open section taken only", () => {
  const text = session("0", ...AUDIO_LINES, ...VIDEO_LINES).replace("a=group:BUNDLE 0\r\n", "");
  const { description } = answerTo(text, receiveAudio, receive);
  expect(description.sections.map(({ rejected }) => rejected)).toEqual([false, true]);
  expect(description.bundle).toEqual([]);
});

test.each([
  ["sendrecv", "sendrecv", "sendrecv"],
  ["sendrecv", "recvonly", "recvonly"],
  ["sendrecv", "sendonly", "sendonly"],
  ["sendonly", "sendrecv", "recvonly"],
  ["sendonly", "sendonly", "inactive"],
  ["recvonly", "sendrecv", "sendonly"],
  ["recvonly", "recvonly", "inactive"],
  ["inactive", "sendrecv", "inactive"],
] as const)("to %s with a wish for %s the answer is %s", (offered, wanted, expected) => {
  const text = session("0", ...AUDIO_LINES).replace("a=sendonly", `a=${offered}`);
  const { agreement } = answerTo(text, { ...receiveAudio, direction: wanted, sender: SENDER });
  expect(agreement.media[0]?.direction).toBe(expected);
  expect(agreement.media[0]?.sender !== undefined).toBe(expected.startsWith("send"));
});

test("without a sender nothing is announced to be sent", () => {
  const text = session("0", ...AUDIO_LINES).replace("a=sendonly", "a=recvonly");
  const { agreement, description } = answerTo(text, { ...receiveAudio, direction: "sendonly" });
  expect(agreement.media[0]?.direction).toBe("inactive");
  expect(serializeSdp(description)).not.toContain("ssrc:");
});

test("a retransmission source is not named without a format for it", () => {
  const text = session("0", ...AUDIO_LINES).replace("a=sendonly", "a=recvonly");
  const lines = textOf(text, { ...send, codecs: [OPUS_STEREO] });
  expect(lines).toContain("a=ssrc:7 cname:PA_1\r\na=ssrc:7 msid:PA_1 TR_1\r\n");
  expect(lines).not.toContain("FID");
  expect(lines).toContain("a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1\r\n");
});

test("several codecs where they are asked for, best first", () => {
  const { agreement } = answerTo(session("1", ...VIDEO_LINES), {
    ...receive,
    codecs: [H264, VP8],
    severalCodecs: true,
  });
  expect(agreement.media[0]?.codecs.map(({ payloadType }) => payloadType)).toEqual([106, 102, 96]);
});

test("layers only as far as they are wanted and offered", () => {
  const video = session("1", ...VIDEO_LINES);
  expect(answerTo(video, { ...receive, maxLayers: 2 }).agreement.media[0]?.layers).toEqual(["q", "h"]);
  const single = textOf(video, { ...receive, maxLayers: 0 });
  expect(single).not.toMatch(/a=rid|a=simulcast/);
  const without = video.replace("a=simulcast:send q;h;f\r\n", "");
  expect(answerTo(without, receive).agreement.media[0]?.layers).toEqual([]);
});

test("the direction of an extension is turned around", () => {
  const text = session("0", ...AUDIO_LINES)
    .replace("a=extmap:1 ", "a=extmap:1/sendonly ")
    .replace("a=extmap:4 ", "a=extmap:4/inactive ");
  expect(answerTo(text, receiveAudio).agreement.media[0]?.extensions).toEqual([
    { id: 1, uri: EXTENSION.audioLevel, direction: "recvonly" },
  ]);
});

test("both cannot be the same end of DTLS, and an answer takes an end", () => {
  const offer = parseSdp(session("0", ...AUDIO_LINES.map((line) => line.replace("actpass", "active"))));
  expect(() => answer(offer, wants(receiveAudio))).toThrow(ProtocolViolation);
  expect(() => answer(offer, wants(receiveAudio))).toThrow("setup:active is no answer to setup:active (RFC 8842 §5.3)");
  const passive = { ...wants(receiveAudio), transport: { ...LOCAL, setup: "passive" as const } };
  expect(answer(offer, passive).agreement.media).toHaveLength(1);
  const undecided = { ...wants(receiveAudio), transport: { ...LOCAL, setup: "actpass" as const } };
  expect(() => answer(parseSdp(session("0", ...AUDIO_LINES)), undecided)).toThrow(ProtocolViolation);
});

test("what we answer is what a parser reads", () => {
  const { description } = answerTo(
    session("0 1 2", ...AUDIO_LINES, ...VIDEO_LINES, ...DATA_LINES),
    receiveAudio,
    receive,
  );
  expect(parseSdp(serializeSdp(description))).toEqual({
    ...description,
    // Of a rejected section only its place and its kind are left.
    sections: description.sections.map((section) =>
      section.rejected ? { ...section, maxMessageSizeBytes: 65_536 } : section,
    ),
  });
});
