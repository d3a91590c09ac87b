import { readFileSync } from "node:fs";
import { answer } from "@rostrum/rtc/sdp/answer";
import type { SessionDescription, Transport } from "@rostrum/rtc/sdp/model";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { expect, test } from "vitest";
import { mainCodec, offeredParameterSets, whipWants } from "./wants.ts";

const FIXTURES = "../../../../../../packages/rtc/fixtures";
/** As programs really write them. */
const read = (name: string): string => readFileSync(new URL(`${FIXTURES}/${name}.sdp`, import.meta.url), "utf8");

function agreed(offer: SessionDescription) {
  const wants = whipWants(offer);
  if (!wants.ok) throw new Error(wants.message);
  const transport: Transport = { ...offer.transport, setup: "active" };
  return answer(offer, { transport, sessionId: "1", sessionVersion: 1, sections: wants.sections });
}

test.each([
  ["chromium-whip", ["audio opus 2", "video H264 1 +rtx"]],
  ["chromium-simulcast", ["audio opus 2", "video H264 1 +rtx"]],
  ["obs-whip", ["audio opus 2", "video H264 1"]],
  ["gstreamer-whipsink", ["video H264 1 +rtx", "audio OPUS 2"]],
])("of %s picture and sound are taken", (name, expected) => {
  const { agreement, description } = agreed(parseSdp(read(name)));
  const taken = agreement.media.map((media) => {
    const codec = mainCodec(media);
    return `${media.kind} ${codec?.name} ${codec?.channels}${codec?.rtxPayloadType === undefined ? "" : " +rtx"}`;
  });
  expect(taken).toEqual(expected);
  expect(agreement.media.every(({ direction, layers }) => direction === "recvonly" && layers.length === 0)).toBe(true);
  const audio = description.sections.find(({ kind }) => kind === "audio");
  expect(JSON.stringify(audio)).toContain("stereo=1;sprop-stereo=1;maxaveragebitrate=128000");
});

test.each([
  ["chromium-whip", ["red", "opus"]],
  ["obs-whip", ["opus"]],
])("of %s sound comes with copies of itself where they are offered", (name, codecs) => {
  const audio = agreed(parseSdp(read(name))).agreement.media.find(({ kind }) => kind === "audio");
  expect(audio?.codecs.map((codec) => codec.name)).toEqual(codecs);
});

test("a browser is told with which bitrate to begin, others are not", () => {
  const offer = parseSdp(read("chromium-whip"));
  const [, video] = (whipWants(offer, true) as { sections: readonly { codecs: readonly { moreFmtp?: string }[] }[] })
    .sections;
  expect(video?.codecs[0]?.moreFmtp).toBe("x-google-start-bitrate=2000");
  expect(JSON.stringify(whipWants(offer))).not.toContain("x-google");
});

test("parameter sets that stand in the offer are found", () => {
  const offer = parseSdp(read("gstreamer-whipsink"));
  const { sps, pps } = offeredParameterSets(offer, agreed(offer).agreement);
  expect([sps.map(({ length }) => length), pps.map(({ length }) => length)]).toEqual([[24], [4]]);
  const browser = parseSdp(read("chromium-whip"));
  expect(offeredParameterSets(browser, agreed(browser).agreement)).toEqual({ sps: [], pps: [] });
});

test.each([
  [
    "no codec that can be shown",
    (sdp: string) => sdp.replace(/^a=rtpmap:96 H264/m, "a=rtpmap:96 VP8"),
    "The video is offered as VP8, of which nothing can be shown. Set the encoder to H.264 with packetization-mode=1, and to Opus.",
  ],
  [
    "H.264 that cannot be cut into packets",
    (sdp: string) => sdp.replace("packetization-mode=1", "packetization-mode=0"),
    "The video is offered in a form that cannot be taken: H.264 with packetization-mode=1, with rtcp-mux and within the BUNDLE group, is needed.",
  ],
  ["sound that is not Opus", (sdp: string) => sdp.replace("opus/48000/2", "PCMU/8000"), "The audio is offered as PCMU"],
  [
    "sections that receive",
    (sdp: string) => sdp.replaceAll("a=sendonly", "a=recvonly"),
    "Nothing is sent in this offer",
  ],
])("%s is refused in words", (_, change, message) => {
  const wants = whipWants(parseSdp(change(read("obs-whip"))));
  expect(wants).toMatchObject({ ok: false, message: expect.stringContaining(message) });
});

test("a browser without H.264 is told what it offers", () => {
  const message = expect.stringContaining("The video is offered as VP8, VP9, AV1");
  expect(whipWants(parseSdp(read("firefox-whip")))).toMatchObject({ ok: false, message });
});

test("picture or sound alone is enough", () => {
  const offer = parseSdp(read("obs-whip"));
  const sound = whipWants(parseSdp(read("obs-whip").replace("m=video 9", "m=video 0")));
  expect(sound).toMatchObject({ ok: true, sections: [{ kind: "media" }, { kind: "reject" }] });
  expect(offer.sections).toHaveLength(2);
});
