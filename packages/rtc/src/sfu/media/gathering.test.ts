/** Packets of a publication that arrive together go out together: the same ones, one subscriber after the other. */
import { expect, test } from "vitest";
import { toHex } from "../../rtp/testing.ts";
import { MediaLink } from "./media-link.ts";
import { Publication } from "./publication.ts";
import { CAMERA, PublisherPeer } from "./testing/publisher-peer.ts";
import { randomFrom, Simulation } from "./testing/simulation.ts";
import { SUBSCRIBER_IDS } from "./testing/subscriber-peer.ts";
import { createCounters } from "./types.ts";

/** With headers of two lengths. */
const MIDS = ["0", "a-long-mid", "1"];
const SSRC = 5_000;
const MAX_WAITING = 16;
/** Reaches into the payload, up to what says which packet it is. */
const HEAD_BYTES = 64;

/** A publisher with 1.5 Mb/s, and a subscriber for each mid. What waits goes out when `flush` is called. */
function open(gathers: boolean) {
  const simulation = new Simulation();
  const counters = createCounters();
  const waiting: ((nowMs: number) => void)[] = [];
  const sent: { mid: string; packet: string }[] = [];
  const link = (mid: string): MediaLink =>
    new MediaLink({
      ssrc: 1,
      counters,
      random: randomFrom(3),
      send: (packet) => sent.push({ mid, packet: `${packet.length}: ${toHex(packet.subarray(0, HEAD_BYTES))}` }) > 0,
    });
  const layers = CAMERA.slice(2);
  const track = { id: "TR", kind: "video", source: "camera", codec: "VP8", clockRateHz: 90_000 } as const;
  const publication = new Publication(
    {
      ...track,
      layers: layers.map(({ info }) => info),
      counters,
      ...(gathers ? { defer: (flush: (nowMs: number) => void) => void waiting.push(flush) } : {}),
    },
    simulation.nowMs,
  );
  const publishing = link("publisher");
  const send = (packet: Uint8Array): void => publishing.receive(packet, simulation.nowMs);
  const publisher = new PublisherPeer({ simulation, send, codec: "VP8", mid: "v", layers, firstSsrc: 100 });
  publishing.publish(publication, publisher.section, simulation.nowMs);
  const links = MIDS.map((mid) => {
    const subscriber = link(mid);
    const rtx = { rtxSsrc: SSRC + 1, rtxPayloadType: 46 };
    const section = { mid, payloadType: 45, ssrc: SSRC, ...rtx, nack: true, extensions: SUBSCRIBER_IDS };
    subscriber.subscribe(publication, section, simulation.nowMs);
    return subscriber;
  });
  const flush = (): void => waiting.splice(0).forEach((run) => run(simulation.nowMs));
  return { simulation, publication, publisher, links, sent, waiting, flush };
}

/** Plays a second, in steps shorter than a picture; after each, what waits goes out and all connections tick. */
function play(stage: ReturnType<typeof open>): void {
  stage.publisher.start();
  for (let step = 0; step < 50; step++) {
    stage.simulation.runFor(20);
    stage.flush();
    for (const link of stage.links) link.tick(stage.simulation.nowMs);
  }
}

test("every subscriber gets what it would get without waiting", () => {
  const [together, atOnce] = [open(true), open(false)];
  play(together);
  play(atOnce);
  for (const mid of MIDS) {
    const packets = together.sent.filter((one) => one.mid === mid);
    expect(packets.length).toBeGreaterThan(150);
    expect(packets).toEqual(atOnce.sent.filter((one) => one.mid === mid));
  }
});

test("one subscriber gets all that waits before the next one gets any", () => {
  const { simulation, publisher, sent, waiting, flush } = open(true);
  publisher.start();
  simulation.runFor(1_000);
  flush();
  sent.length = 0;
  simulation.runFor(34);
  expect([sent.length, waiting.length]).toEqual([0, 1]);
  flush();
  const order = sent.map(({ mid }) => mid);
  expect(order.length).toBeGreaterThanOrEqual(3 * MIDS.length);
  expect(order).toEqual(MIDS.flatMap((mid) => order.filter((one) => one === mid)));
});

test("of many packets the first do not wait for the last", () => {
  const { simulation, publisher, sent, flush } = open(true);
  publisher.start();
  simulation.runFor(100);
  flush();
  sent.length = 0;
  simulation.runFor(300);
  const media = (): number => sent.filter(({ mid }) => mid === MIDS[0]).length;
  const before = media();
  expect(before).toBeGreaterThan(0);
  expect(before % MAX_WAITING).toBe(0);
  flush();
  expect(media() - before).toBeGreaterThan(0);
  expect(media() - before).toBeLessThan(MAX_WAITING);
});

test("what waits goes out before the track is muted, and not after it has ended", () => {
  const { simulation, publication, publisher, sent, flush } = open(true);
  publisher.start();
  simulation.runFor(34);
  const before = sent.length;
  publication.setMuted(true, simulation.nowMs);
  expect(sent.length).toBeGreaterThan(before);
  publication.setMuted(false, simulation.nowMs);
  simulation.runFor(34);
  publication.close();
  sent.length = 0;
  flush();
  expect(sent).toEqual([]);
});
