/** Which section carries which track, in both versions, without any connection. */
import { AddTrackRequest, TrackType } from "@livekit/protocol";
import { expect, test } from "vitest";
import { NO_EXTENSIONS } from "../../rtp/extensions.ts";
import { H264, OPUS, VP8 } from "../../sdp/codecs.ts";
import type { Direction, MediaSection } from "../../sdp/model.ts";
import { assignPayloadTypes } from "../../sdp/offer.ts";
import type { AgreedMedia, Agreement } from "../../sdp/wants.ts";
import { readGrants } from "../grants.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Participant } from "../room/participant.ts";
import { Publications } from "../room/publications.ts";
import { PublishedTrack } from "../room/published-track.ts";
import { Subscription } from "../room/subscriptions.ts";
import { receiveSection, sendSection } from "./agreed-sections.ts";
import { OfferedSections } from "./offered-sections.ts";
import { PublishSide } from "./publish-side.ts";
import { ReceiveSlots } from "./receive-slots.ts";
import { senderOf } from "./senders.ts";

const TYPES = assignPayloadTypes([OPUS], [VP8, { ...H264, h264Profiles: ["constrained-baseline"] }]);

function participant(): Participant {
  const grants = readGrants({ sub: "ada" });
  if (typeof grants === "string") throw new Error(grants);
  return new Participant(grants, 0);
}

function publications(): {
  owner: Participant;
  announce: (cid: string, kind?: "audio" | "video", change?: object) => PublishedTrack;
  list: Publications;
} {
  const owner = participant();
  const list = new Publications(owner, DEFAULT_LIMITS);
  const announce = (cid: string, kind: "audio" | "video" = "video", change: object = {}): PublishedTrack => {
    const type = kind === "audio" ? TrackType.AUDIO : TrackType.VIDEO;
    const track = list.announce(new AddTrackRequest({ cid, type, ...change }), 0);
    if (track instanceof PublishedTrack) return track;
    throw new Error(track.message);
  };
  return { owner, announce, list };
}

function section(mid: string, kind: "audio" | "video", direction: Direction, cid?: string): MediaSection {
  return {
    ...{ kind, mid, direction, rejected: false, protocol: "UDP/TLS/RTP/SAVPF", codecs: TYPES[kind], extensions: [] },
    ...{ rids: [], sources: [], sourceGroups: [], rtcpMux: true, rtcpReducedSize: true },
    msids: cid === undefined ? [] : [{ stream: "-", track: cid }],
  };
}

function agreed(mid: string, kind: "audio" | "video", direction: Direction): AgreedMedia {
  const remote = { msids: [], sources: [], sourceGroups: [] };
  return { kind, mid, index: 0, direction, codecs: TYPES[kind].slice(0, 1), extensions: [], layers: [], remote };
}

const agreement = (...media: AgreedMedia[]): Agreement => ({ media });

/** A publish side whose host and media only write down what they are told. */
function publishing() {
  const { announce, list } = publications();
  const told: string[] = [];
  const side = new PublishSide(
    {
      announced: (kind) => list.announced(kind),
      onPublished: (track) => {
        told.push(`published ${track.cid}`);
        list.begin(track);
      },
      onUnpublished: (track) => {
        told.push(`unpublished ${track.cid}`);
        list.end(track);
      },
    },
    {
      begin: (track, codec, { mid }) => told.push(`begin ${track.cid} ${codec} ${mid}`),
      end: (track, mid) => told.push(`end ${track.cid} ${mid}`),
    },
  );
  return { announce, side, told };
}

test("a section carries the track that it names", () => {
  const { announce, side, told } = publishing();
  announce("screen");
  announce("camera");
  expect(side.want(section("1", "video", "sendonly", "camera"))?.codecs[0]?.name).toBe("VP8");
  expect(side.want(section("2", "video", "sendonly", "screen"))).toBeDefined();
  side.settle(agreement(agreed("1", "video", "recvonly"), agreed("2", "video", "recvonly")));
  expect(told).toEqual(["begin camera VP8 1", "published camera", "begin screen VP8 2", "published screen"]);
});

test("sections that name nothing known carry what waits longest, each another one, and none of another kind", () => {
  const { announce, side, told } = publishing();
  announce("a", "audio");
  announce("v1");
  announce("v2");
  for (const mid of ["1", "2"]) side.want(section(mid, "video", "sendonly", "unknown"));
  expect(side.want(section("3", "video", "sendonly"))).toBeUndefined();
  side.settle(agreement(agreed("1", "video", "recvonly"), agreed("2", "video", "recvonly")));
  expect(told.filter((line) => line.startsWith("begin"))).toEqual(["begin v1 VP8 1", "begin v2 VP8 2"]);
});

test("a track stays in its section through later offers, and ends when the section sends no more", () => {
  const { announce, side, told } = publishing();
  announce("v1");
  side.want(section("1", "video", "sendonly", "v1"));
  side.settle(agreement(agreed("1", "video", "recvonly")));
  announce("v1");
  side.want(section("1", "video", "sendonly", "v1"));
  side.settle(agreement(agreed("1", "video", "recvonly")));
  expect(told).toHaveLength(2);
  expect(side.want(section("1", "video", "inactive", "v1"))).toBeUndefined();
  side.want(section("2", "video", "sendonly", "v1"));
  side.settle(agreement(agreed("1", "video", "inactive"), agreed("2", "video", "recvonly")));
  expect(told.slice(2)).toEqual(["end v1 1", "unpublished v1", "begin v1 VP8 2", "published v1"]);
});

test("another announced track takes over the section that names it", () => {
  const { announce, side, told } = publishing();
  announce("v1");
  side.want(section("1", "video", "sendonly", "v1"));
  side.settle(agreement(agreed("1", "video", "recvonly")));
  announce("v2");
  side.want(section("1", "video", "sendonly", "v2"));
  side.settle(agreement(agreed("1", "video", "recvonly")));
  expect(told.slice(2)).toEqual(["end v1 1", "unpublished v1", "begin v2 VP8 1", "published v2"]);
});

test("a section whose track was stopped takes no other one by guess", () => {
  const { announce, side } = publishing();
  const first = announce("v1");
  side.want(section("1", "video", "sendonly", "v1"));
  side.settle(agreement(agreed("1", "video", "recvonly")));
  side.stop(first);
  announce("v2");
  expect(side.want(section("1", "video", "sendonly", "v1"))).toBeUndefined();
  expect(side.want(section("2", "video", "sendonly", "v2"))).toBeDefined();
});

function subscription(kind: "audio" | "video", mimeType?: string): Subscription {
  const { announce } = publications();
  const track = announce(`${kind}-${Math.random()}`, kind);
  if (mimeType !== undefined) track.media = { codec: mimeType } as never;
  return new Subscription(track);
}

function receiving() {
  const told: string[] = [];
  const media = {
    begin: ({ track }: Subscription, { mid }: AgreedMedia) => told.push(`begin ${track.kind} ${mid}`),
    end: ({ track }: Subscription) => told.push(`end ${track.kind}`),
    unsupported: ({ track }: Subscription) => told.push(`unsupported ${track.kind}`),
  };
  return { slots: new ReceiveSlots(media), told, media };
}

const counts = (slots: ReceiveSlots): [number, number] | undefined => {
  const requirement = slots.requirement();
  return requirement === undefined ? undefined : [requirement.numAudios, requirement.numVideos];
};

test("nothing is asked for before the first offer, and then what is missing, once", () => {
  const { slots, told } = receiving();
  for (const kind of ["audio", "video", "video"] as const) slots.add(subscription(kind));
  expect(counts(slots)).toBeUndefined();
  expect(slots.want(section("1", "audio", "recvonly")).direction).toBe("sendonly");
  expect(slots.want(section("2", "audio", "recvonly")).direction).toBe("inactive");
  slots.settle(agreement(agreed("1", "audio", "sendonly"), agreed("2", "audio", "inactive")));
  expect(told).toEqual(["begin audio 1"]);
  expect(counts(slots)).toEqual([0, 2]);
  expect(counts(slots)).toBeUndefined();
  slots.add(subscription("audio"));
  // The free section will do, and an offer was asked for already.
  expect(counts(slots)).toBeUndefined();
  slots.add(subscription("audio"));
  expect(counts(slots)).toEqual([1, 0]);
});

test("for a free section the client is asked to offer again, without new ones", () => {
  const { slots } = receiving();
  slots.want(section("1", "audio", "recvonly"));
  slots.settle(agreement(agreed("1", "audio", "inactive")));
  expect(counts(slots)).toBeUndefined();
  slots.add(subscription("audio"));
  expect(counts(slots)).toEqual([0, 0]);
});

test("between two tracks a section is inactive once", () => {
  const { slots, told } = receiving();
  const [first, second] = [subscription("audio"), subscription("audio")];
  slots.add(first);
  slots.want(section("1", "audio", "recvonly"));
  slots.settle(agreement(agreed("1", "audio", "sendonly")));
  slots.remove(first);
  slots.add(second);
  expect(slots.midToTrackId()).toEqual({});
  expect(counts(slots)).toEqual([1, 0]);
  expect(slots.want(section("1", "audio", "recvonly")).direction).toBe("inactive");
  slots.settle(agreement(agreed("1", "audio", "inactive")));
  expect(slots.want(section("1", "audio", "recvonly")).direction).toBe("sendonly");
  slots.settle(agreement(agreed("1", "audio", "sendonly")));
  expect(told).toEqual(["begin audio 1", "end audio", "begin audio 1"]);
  expect(slots.midToTrackId()).toEqual({ 1: second.track.sid });
});

test("a section that is gone is forgotten: it is no free one, and what it carried waits for another", () => {
  const { slots, told } = receiving();
  slots.add(subscription("audio"));
  slots.want(section("1", "audio", "recvonly"));
  slots.settle(agreement(agreed("1", "audio", "sendonly")));
  // Rejected, then used again under another mid (RFC 8829 §5.2.2), as often as the client likes.
  slots.settle(agreement());
  expect([told, slots.has("1"), counts(slots)]).toEqual([["begin audio 1", "end audio"], false, [1, 0]]);
  slots.want(section("2", "audio", "recvonly"));
  slots.settle(agreement(agreed("2", "audio", "sendonly")));
  expect(told).toEqual(["begin audio 1", "end audio", "begin audio 2"]);
});

test("a codec that the client does not offer is unsupported, and its section stays open", () => {
  const { slots, told } = receiving();
  slots.add(subscription("video", "H264"));
  const onlyVp8 = { ...section("1", "video", "recvonly"), codecs: TYPES.video.slice(0, 1) };
  expect(slots.want(onlyVp8).direction).toBe("inactive");
  slots.settle(agreement(agreed("1", "video", "inactive")));
  expect(told).toEqual(["unsupported video"]);
});

test("a client that stops to receive in a section gets the track in another one", () => {
  const { slots, told } = receiving();
  slots.add(subscription("audio"));
  slots.want(section("1", "audio", "recvonly"));
  slots.settle(agreement(agreed("1", "audio", "sendonly")));
  expect(slots.want(section("1", "audio", "inactive")).direction).toBe("inactive");
  expect(slots.want(section("2", "audio", "recvonly")).direction).toBe("sendonly");
  slots.settle(agreement(agreed("1", "audio", "inactive"), agreed("2", "audio", "sendonly")));
  expect(told).toEqual(["begin audio 1", "end audio", "begin audio 2"]);
});

test("our offers grow by a section, keep the order, and use free ones again", () => {
  const { media, told } = receiving();
  const sections = new OfferedSections(media, 1_000);
  const shown = () =>
    sections.sections().map((one) => (one.kind === "application" ? "data" : `${one.mid} ${one.kind} ${one.direction}`));
  const [first, second, third] = [subscription("audio"), subscription("video", "VP8"), subscription("audio")];
  expect(shown()).toEqual(["data"]);
  sections.add(first);
  sections.add(second);
  expect(shown()).toEqual(["data", "1 audio sendonly", "2 video sendonly"]);
  sections.settle(agreement(agreed("1", "audio", "sendonly"), agreed("2", "video", "sendonly")));
  sections.remove(first);
  sections.add(third);
  expect(shown()).toEqual(["data", "1 audio inactive", "2 video sendonly", "3 audio sendonly"]);
  sections.settle(agreement(agreed("2", "video", "sendonly"), agreed("3", "audio", "sendonly")));
  sections.add(subscription("audio"));
  expect(shown()).toEqual(["data", "1 audio sendonly", "2 video sendonly", "3 audio sendonly"]);
  expect(told).toEqual(["begin audio 1", "begin video 2", "end audio", "begin audio 3"]);
});

test("our offers do not grow by what comes and goes while the client answers nothing", () => {
  const { media } = receiving();
  const sections = new OfferedSections(media, 1_000);
  const one = subscription("audio");
  sections.add(one);
  sections.sections();
  for (let count = 0; count < 100; count++) {
    sections.remove(one);
    sections.add(one);
  }
  expect(sections.sections().length).toBeLessThan(4);
});

test("what ended while an offer was under way is not begun with its answer", () => {
  const { media, told } = receiving();
  const sections = new OfferedSections(media, 1_000);
  const first = subscription("audio");
  sections.add(first);
  sections.sections();
  sections.remove(first);
  sections.settle(agreement(agreed("1", "audio", "sendonly")));
  expect(told).toEqual([]);
});

test("streams are named so that clients find participant and track; a name of the publisher's is only taken if it is harmless", () => {
  const stream = (name: string): string => {
    const { announce } = publications();
    const track = announce("c", "video", { stream: name });
    const { msid } = senderOf(new Subscription(track));
    return msid.stream.replace(track.owner.sid, "PA").replace(track.sid, "TR");
  };
  expect(["camera", "", "TR_x", "a b", "a\r\nb", "x".repeat(40)].map(stream)).toEqual([
    "PA|camera",
    "PA|TR",
    "PA|TR",
    "PA|TR",
    "PA|TR",
    "PA|TR",
  ]);
});

test("of a description's sources those that repair others are no media", () => {
  const media: AgreedMedia = {
    ...agreed("1", "video", "recvonly"),
    remote: {
      msids: [],
      sources: [{ ssrc: 1 }, { ssrc: 2 }, { ssrc: 3 }],
      sourceGroups: [{ semantics: "FID", ssrcs: [1, 2] }],
    },
  };
  expect(receiveSection(media, NO_EXTENSIONS)).toMatchObject({
    ssrcs: [{ ssrc: 1, rtxSsrc: 2 }, { ssrc: 3 }],
    nack: true,
    congestion: "transport-cc",
    clockRate: 90_000,
  });
  expect(receiveSection({ ...media, layers: ["q", "h"] }, NO_EXTENSIONS)?.ssrcs).toBeUndefined();
});

test("a section sends in the track's own codec, or not at all", () => {
  const media = { ...agreed("1", "video", "sendonly"), codecs: TYPES.video };
  const sender = { msid: { stream: "s", track: "t" }, cname: "c", ssrc: 5, rtxSsrc: 6 };
  expect(sendSection(media, "H264", sender)).toMatchObject({
    payloadType: TYPES.video[1]!.payloadType,
    ssrc: 5,
    rtxSsrc: 6,
  });
  expect(sendSection(media, "VP9", sender)).toBeUndefined();
});
