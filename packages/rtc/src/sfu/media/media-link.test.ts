/** What a connection does with packets that nobody should send, and that nothing grows by them. */
import { expect, test } from "vitest";
import { serializeNack, serializePli, serializeRemb } from "../../rtp/rtcp-feedback.ts";
import { serializeBye } from "../../rtp/rtcp-reports.ts";
import { MediaLink } from "./media-link.ts";
import { Publication } from "./publication.ts";
import { PublisherPeer, CAMERA } from "./testing/publisher-peer.ts";
import { randomFrom, Simulation } from "./testing/simulation.ts";
import { SUBSCRIBER_IDS } from "./testing/subscriber-peer.ts";
import { createCounters, type SendSection } from "./types.ts";

const SECTION: SendSection = {
  mid: "0",
  payloadType: 45,
  ssrc: 5_000,
  rtxSsrc: 5_001,
  rtxPayloadType: 46,
  nack: true,
  extensions: SUBSCRIBER_IDS,
};

function open() {
  const simulation = new Simulation();
  const counters = createCounters();
  const sent: Uint8Array[] = [];
  const link = new MediaLink({
    ssrc: 1,
    counters,
    random: randomFrom(3),
    send: (packet) => sent.push(packet.slice()) > 0,
  });
  const publication = new Publication(
    {
      id: "TR_1",
      kind: "video",
      source: "camera",
      codec: "VP8",
      clockRateHz: 90_000,
      layers: CAMERA.map(({ info }) => info),
      counters,
    },
    simulation.nowMs,
  );
  const publisher = new PublisherPeer({
    simulation,
    send: (packet) => {
      link.receive(packet, simulation.nowMs);
    },
    codec: "VP8",
    mid: "v",
    layers: CAMERA,
    firstSsrc: 100,
  });
  link.publish(publication, publisher.section, simulation.nowMs);
  simulation.every(20, () => {
    link.tick(simulation.nowMs);
  });
  return { simulation, counters, sent, link, publication, publisher };
}

test("sources that nobody announced are counted and dropped", () => {
  const { link, counters, simulation } = open();
  for (let ssrc = 1; ssrc <= 5_000; ssrc++) {
    const packet = new Uint8Array(40);
    packet.set([0x80, 33]);
    new DataView(packet.buffer).setUint32(8, ssrc);
    link.receive(packet, simulation.nowMs);
  }
  expect(counters.packetsUnknown).toBe(5_000);
});

test("a stranger cannot take the place of a layer that flows", () => {
  const { link, publisher, publication, simulation } = open();
  publisher.start();
  simulation.runFor(1_000);
  const ssrc = publication.layers[2]!.source!.ssrc;
  const stranger = (firstSsrc: number): PublisherPeer =>
    new PublisherPeer({
      simulation,
      send: (packet) => {
        link.receive(packet, simulation.nowMs);
      },
      codec: "VP8",
      mid: "v",
      layers: CAMERA,
      firstSsrc,
    });
  stranger(900).start();
  simulation.runFor(1_000);
  expect(publication.layers[2]!.source!.ssrc).toBe(ssrc);
  publisher.stop();
  simulation.runFor(1_000);
  stranger(800).start();
  simulation.runFor(100);
  expect(publication.layers[2]!.source!.ssrc).toBe(804);
});

test("a layer that said goodbye is known when it comes back without its name", () => {
  const { publisher, publication, simulation } = open();
  publisher.start();
  simulation.runFor(2_000);
  publisher.setActive("f", false);
  simulation.runFor(40);
  expect(publication.isLive(2)).toBe(false);
  simulation.runFor(10_000);
  publisher.setActive("f", true);
  simulation.runFor(100);
  expect(publication.isLive(2)).toBe(true);
});

test("a later offer with the same section forgets nothing that was learnt", () => {
  const { link, publisher, publication, simulation, counters } = open();
  publisher.start();
  simulation.runFor(2_000);
  link.publish(publication, publisher.section, simulation.nowMs);
  simulation.runFor(2_000);
  expect(counters.packetsUnknown).toBe(0);
  expect(publication.layers.map((_, index) => publication.isLive(index))).toEqual([true, true, true]);
});

test("random and damaged datagrams never throw", () => {
  const { link, publisher, publication, simulation, sent } = open();
  link.subscribe(publication, SECTION, simulation.nowMs);
  publisher.start();
  simulation.runFor(500);
  const random = randomFrom(11);
  const seeds = [
    ...sent.slice(0, 40),
    serializeNack(7, SECTION.ssrc, [1, 2, 3, 900]),
    serializePli(7, SECTION.ssrc),
    serializeRemb(7, 300_000, [SECTION.ssrc]),
    serializeBye([100]),
  ];
  for (let run = 0; run < 20_000; run++) {
    const seed = seeds[Math.floor(random() * seeds.length)]!;
    const bytes = seed.slice(0, Math.ceil(random() * seed.length));
    for (let flips = 0; flips < 4; flips++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    link.receive(bytes, simulation.nowMs);
  }
  simulation.runFor(500);
  expect(sent.length).toBeGreaterThan(0);
});

test("a packet is sent again at most once per round trip, and only what was sent", () => {
  const { link, publisher, publication, simulation, sent, counters } = open();
  const stream = link.subscribe(publication, SECTION, simulation.nowMs);
  publisher.start();
  simulation.runFor(1_000);
  expect(stream.currentLayer).toBeGreaterThanOrEqual(0);
  const media = sent.filter((packet) => new DataView(packet.buffer).getUint32(8) === SECTION.ssrc);
  const last = new DataView(media.at(-1)!.buffer).getUint16(2);
  sent.length = 0;
  const nack = serializeNack(7, SECTION.ssrc, [last, (last + 5_000) & 0xffff]);
  simulation.runFor(0);
  const laterMs = simulation.nowMs + 200;
  link.receive(nack, laterMs);
  link.receive(nack, laterMs);
  expect(counters.packetsRetransmitted).toBe(1);
  expect(sent.length).toBe(1);
  const again = new DataView(sent[0]!.buffer);
  expect([again.getUint8(1) & 0x7f, again.getUint32(8)]).toEqual([46, 5_001]);
  // The original sequence number, then the payload as it was sent. RFC 4588 §4.
  const original = media.at(-1)!;
  const headerBytes = 16 + 4 * new DataView(original.buffer).getUint16(14);
  expect(again.getUint16(headerBytes)).toBe(last);
  expect(sent[0]!.subarray(headerBytes + 2)).toEqual(original.subarray(headerBytes));
});

test("an SSRC that is in use is refused in words", () => {
  const { link, publication, simulation } = open();
  link.subscribe(publication, SECTION, simulation.nowMs);
  expect(() => link.subscribe(publication, SECTION, simulation.nowMs)).toThrow("SSRC 5000 is in use");
});

test("a closed connection sends nothing and lets its publication's sources go", () => {
  const { link, publisher, publication, simulation, sent } = open();
  link.subscribe(publication, SECTION, simulation.nowMs);
  publisher.start();
  simulation.runFor(500);
  link.close(simulation.nowMs);
  sent.length = 0;
  simulation.runFor(500);
  expect(sent).toEqual([]);
  expect(publication.layers.map(({ source }) => source)).toEqual([undefined, undefined, undefined]);
});
