import { ProtocolViolation } from "@rostrum/media/errors";
import { expect, test } from "vitest";
import { answer } from "./answer.ts";
import { AV1, H264, OPUS, VP8, VP9 } from "./codecs.ts";
import { EXTENSION } from "./extensions.ts";
import { LOCAL, sdp } from "./fixtures.ts";
import { assignPayloadTypes, offer, readAnswer } from "./offer.ts";
import { parseSdp } from "./parse.ts";
import { serializeSdp } from "./serialize.ts";
import type { SessionDescription } from "./model.ts";
import type { OfferWants, SectionWant } from "./wants.ts";

const TYPES = assignPayloadTypes([OPUS], [VP8, { ...H264, h264Profiles: ["constrained-baseline", "high"] }]);
const SENDER = { msid: { stream: "PA_1|TR_2", track: "TR_2" }, cname: "PA_1", ssrc: 7, rtxSsrc: 8 };
const MID = [{ id: 1, uri: EXTENSION.mid }];
const WANTS: OfferWants = {
  transport: { ...LOCAL, setup: "actpass", candidates: [], endOfCandidates: false },
  sessionId: "5",
  sessionVersion: 1,
  sections: [
    { kind: "application", mid: "0", maxMessageSizeBytes: 65_536 },
    { kind: "audio", mid: "1", direction: "inactive", codecs: TYPES.audio, extensions: MID },
    { kind: "video", mid: "2", direction: "sendonly", codecs: TYPES.video, extensions: MID, sender: SENDER },
  ],
};

test("payload types begin at 96, each with its retransmission, one for each H.264 profile", () => {
  expect(TYPES.audio.map(({ payloadType, rtxPayloadType }) => [payloadType, rtxPayloadType])).toEqual([
    [96, undefined],
  ]);
  expect(TYPES.video.map(({ payloadType, rtxPayloadType, fmtp }) => [payloadType, rtxPayloadType, fmtp])).toEqual([
    [97, 98, ""],
    [99, 100, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"],
    [101, 102, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"],
  ]);
  expect(assignPayloadTypes([OPUS], [VP8]).video[0]).toEqual(TYPES.video[0]);
  const many = Array.from({ length: 6 }, () => [VP8, VP9, AV1]).flat();
  expect(() => assignPayloadTypes([], many)).toThrow(RangeError);
});

test("the whole offer", () => {
  const transport = [
    ...["a=ice-ufrag:ours", "a=ice-pwd:lkjihgfedcba9876543210", "a=ice-options:trickle"],
    ...[`a=fingerprint:sha-256 ${LOCAL.fingerprint.value}`, "a=setup:actpass"],
  ];
  const feedback = (type: number): readonly string[] =>
    ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"].map((each) => `a=rtcp-fb:${type} ${each}`);
  expect(serializeSdp(offer(WANTS))).toBe(
    sdp(
      ...["v=0", "o=- 5 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1 2", "a=extmap-allow-mixed"],
      ...["a=msid-semantic: WMS *", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:0"],
      ...[...transport, "a=sctp-port:5000", "a=max-message-size:65536"],
      ...["m=audio 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1", ...transport, `a=extmap:1 ${EXTENSION.mid}`],
      ...["a=inactive", "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:96 opus/48000/2", "a=rtcp-fb:96 transport-cc"],
      ...["a=rtcp-fb:96 nack", "m=video 9 UDP/TLS/RTP/SAVPF 97 98 99 100 101 102", "c=IN IP4 0.0.0.0", "a=mid:2"],
      ...[
        ...transport,
        `a=extmap:1 ${EXTENSION.mid}`,
        "a=sendonly",
        "a=msid:PA_1|TR_2 TR_2",
        "a=rtcp-mux",
        "a=rtcp-rsize",
      ],
      ...["a=rtpmap:97 VP8/90000", ...feedback(97), "a=rtpmap:98 rtx/90000", "a=fmtp:98 apt=97"],
      ...["a=rtpmap:99 H264/90000", ...feedback(99)],
      "a=fmtp:99 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
      ...["a=rtpmap:100 rtx/90000", "a=fmtp:100 apt=99", "a=rtpmap:101 H264/90000", ...feedback(101)],
      "a=fmtp:101 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f",
      ...["a=rtpmap:102 rtx/90000", "a=fmtp:102 apt=101", "a=ssrc-group:FID 7 8", "a=ssrc:7 cname:PA_1"],
      ...["a=ssrc:7 msid:PA_1|TR_2 TR_2", "a=ssrc:8 cname:PA_1", "a=ssrc:8 msid:PA_1|TR_2 TR_2"],
    ),
  );
});

/** What a peer of our own kind answers. */
const answered = (...sections: readonly SectionWant[]): SessionDescription => {
  const theirs = parseSdp(serializeSdp(offer(WANTS)));
  const { description } = answer(theirs, { transport: LOCAL, sessionId: "9", sessionVersion: 1, sections });
  return parseSdp(serializeSdp(description));
};
const media = (...codecs: readonly (typeof VP8)[]): SectionWant => ({
  ...{ kind: "media", direction: "recvonly", codecs, severalCodecs: true, extensions: [EXTENSION.mid] },
});
const DATA: SectionWant = { kind: "data", maxMessageSizeBytes: 1_000 };

test("an answer narrows codecs and says how much data may come at once", () => {
  const agreement = readAnswer(WANTS.sections, answered(DATA, media(OPUS), media(H264)));
  expect(agreement.data).toEqual({ mid: "0", index: 0, maxMessageSizeBytes: 1_000 });
  expect(
    agreement.media.map(({ mid, direction, codecs, sender }) => [
      mid,
      direction,
      codecs.map((each) => each.payloadType),
      sender,
    ]),
  ).toEqual([
    ["1", "inactive", [96], undefined],
    ["2", "sendonly", [99, 101], SENDER],
  ]);
  expect(agreement.media[1]?.extensions).toEqual(MID);
});

test("rejected sections are in no list", () => {
  expect(readAnswer(WANTS.sections, answered({ kind: "reject" }, { kind: "reject" }, media(VP8)))).toMatchObject({
    media: [{ mid: "2" }],
  });
});

test("an answer that swaps or loses sections is refused", () => {
  const whole = answered(DATA, media(OPUS), media(VP8));
  const { sections } = whole;
  expect(() => readAnswer(WANTS.sections, { ...whole, sections: sections.slice(1) })).toThrow(
    new ProtocolViolation("an answer of 2 sections to an offer of 3"),
  );
  expect(() => readAnswer(WANTS.sections, { ...whole, sections: sections.toReversed() })).toThrow(
    new ProtocolViolation("section 0 of the answer is not application with mid 0"),
  );
});

test("a payload type that is another codec in the answer is not agreed on", () => {
  const whole = answered(DATA, media(OPUS), media(VP8));
  const text = serializeSdp(whole).replace("a=rtpmap:97 VP8/90000", "a=rtpmap:97 VP9/90000");
  expect(readAnswer(WANTS.sections, parseSdp(text)).media.map(({ mid }) => mid)).toEqual(["1"]);
});
