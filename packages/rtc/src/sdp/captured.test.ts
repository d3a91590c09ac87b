/** Offers as programs really write them (fixtures/README.md), and our whole answers to them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answer } from "./answer.ts";
import { H264, OPUS, VP8 } from "./codecs.ts";
import { EXTENSION } from "./extensions.ts";
import { LOCAL } from "./fixtures.ts";
import { isMedia, type Section, type SessionDescription } from "./model.ts";
import { parseSdp } from "./parse.ts";
import { serializeSdp } from "./serialize.ts";
import { requireSuccessor, sameTransport } from "./session.ts";
import type { AgreedMedia, Answer, CodecWant, SectionWant } from "./wants.ts";

const file = (name: string): URL => new URL(`../../fixtures/${name}`, import.meta.url);
const read = (name: string): SessionDescription => parseSdp(readFileSync(file(`${name}.sdp`), "utf8"));
const EXTENSIONS = [
  ...[EXTENSION.mid, EXTENSION.rid, EXTENSION.repairedRid, EXTENSION.audioLevel],
  ...[EXTENSION.absSendTime, EXTENSION.transportCc],
];

/** Takes what is sent, sends where it is asked to. */
function wantFor(section: Section, index: number, video: CodecWant): SectionWant {
  if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: 262_144 };
  if (!isMedia(section)) return { kind: "reject" };
  const sender = {
    msid: { stream: "PA", track: `TR${index}` },
    cname: "PA",
    ssrc: 1_000 + index,
    rtxSsrc: 2_000 + index,
  };
  const codecs = section.kind === "audio" ? [OPUS] : [video];
  return { kind: "media", direction: "sendrecv", codecs, extensions: EXTENSIONS, sender, maxLayers: 3 };
}

function answerTo(offer: SessionDescription, video: CodecWant): Answer {
  const sections = offer.sections.map((section, index) => wantFor(section, index, video));
  return answer(offer, { transport: LOCAL, sessionId: "1", sessionVersion: 1, sections });
}

const summary = ({ kind, direction, codecs, layers, extensions, sender }: AgreedMedia): string => {
  const [codec] = codecs;
  const rtx = codec?.rtxPayloadType === undefined ? "" : "+rtx";
  const sent = sender === undefined ? "" : ` as ${sender.ssrc}`;
  return `${kind} ${direction} ${codec?.name}${rtx} ${layers.join(",")} ${extensions.length} extensions${sent}`.replaceAll(
    / +/g,
    " ",
  );
};

const SENT_AUDIO = ["audio sendonly opus 4 extensions as 1000", "audio sendonly opus 4 extensions as 1001"];
const CAPTURED: ReadonlyArray<readonly [name: string, video: CodecWant, agreed: readonly string[]]> = [
  ["chromium-simulcast", VP8, ["audio recvonly opus 4 extensions", "video recvonly VP8+rtx q,h,f 5 extensions"]],
  ["chromium-whip", H264, ["audio recvonly opus 4 extensions", "video recvonly H264+rtx 5 extensions"]],
  ["chromium-whep", H264, ["audio sendonly opus 4 extensions as 1000", "video sendonly H264+rtx 5 extensions as 1001"]],
  ["firefox-simulcast", VP8, ["audio recvonly opus 3 extensions", "video recvonly VP8+rtx q,h,f 5 extensions"]],
  ["firefox-whip", VP8, ["audio recvonly opus 3 extensions", "video recvonly VP8+rtx 3 extensions"]],
  ["firefox-whep", VP8, ["audio sendonly opus 3 extensions as 1000", "video sendonly VP8+rtx 3 extensions as 1001"]],
  [
    "livekit-client-join",
    VP8,
    [
      ...[...SENT_AUDIO, "audio sendonly opus 4 extensions as 1002"],
      ...[1_003, 1_004, 1_005].map((ssrc) => `video sendonly VP8+rtx 5 extensions as ${ssrc}`),
    ],
  ],
  [
    // Chromium does not offer again, in new sections either, what an earlier answer left out.
    "livekit-client-publish",
    VP8,
    [
      ...[1_000, 1_001, 1_002].map((ssrc) => `audio sendonly opus 2 extensions as ${ssrc}`),
      ...[1_003, 1_004, 1_005].map((ssrc) => `video sendonly VP8+rtx 3 extensions as ${ssrc}`),
      ...["audio recvonly opus 2 extensions", "video recvonly VP8+rtx q,h,f 3 extensions"],
    ],
  ],
  ["obs-whip", H264, ["audio recvonly opus 0 extensions", "video recvonly H264 0 extensions"]],
  ["gstreamer-whipsink", H264, ["video recvonly H264+rtx 1 extensions", "audio recvonly OPUS 1 extensions"]],
];

test.each(CAPTURED)("%s: what both sides agree on", (name, video, agreed) => {
  const { agreement } = answerTo(read(name), video);
  expect(agreement.media.map(summary)).toEqual(agreed);
});

test.each(CAPTURED)("%s: the whole answer", async (name, video) => {
  const { description } = answerTo(read(name), video);
  await expect(serializeSdp(description)).toMatchFileSnapshot(file(`${name}.answer.sdp`).pathname);
});

test.each(CAPTURED)("%s: what was read can be written and reads back", (name) => {
  const offer = read(name);
  expect(parseSdp(serializeSdp(offer))).toEqual(offer);
});

test("livekit-client's offers of one connection follow each other", () => {
  const [join, publish] = [read("livekit-client-join"), read("livekit-client-publish")];
  expect(() => requireSuccessor(join, publish)).not.toThrow();
  expect(sameTransport(join.transport, publish.transport)).toBe(true);
});
