/** Packets of a picture go out together: the same ones, one subscriber after the other. */
import { expect, test } from "vitest";
import { toHex } from "../../rtp/testing.ts";
import { MediaLink } from "./media-link.ts";
import { Publication } from "./publication.ts";
import { CAMERA, MICROPHONE, PublisherPeer } from "./testing/publisher-peer.ts";
import { randomFrom, Simulation } from "./testing/simulation.ts";
import { SUBSCRIBER_IDS } from "./testing/subscriber-peer.ts";
import { createCounters } from "./types.ts";

/** With headers of two lengths. */
const MIDS = ["0", "a-long-mid", "1"];
const SSRC = 5_000;
const MAX_WAITING = 16;
/** Reaches into the payload, up to what says which packet it is. */
const HEAD_BYTES = 64;

type Waiting = { flush: (nowMs: number) => void; waitMs: number };

const waits = (waiting: readonly Waiting[]): number[] => waiting.map(({ waitMs }) => waitMs);

/** A publisher with 1.5 Mb/s, and a subscriber for each mid. What waits goes out when `flush` is called. */
function open(gathers: boolean, kind: "video" | "audio" = "video") {
  const simulation = new Simulation();
  const counters = createCounters();
  const waiting: Waiting[] = [];
  const sent: { mid: string; packet: string }[] = [];
  const link = (mid: string): MediaLink =>
    new MediaLink({
      ssrc: 1,
      counters,
      random: randomFrom(3),
      send: (packet) => sent.push({ mid, packet: `${packet.length}: ${toHex(packet.subarray(0, HEAD_BYTES))}` }) > 0,
    });
  const layers = kind === "video" ? CAMERA.slice(2) : MICROPHONE;
  const codec = kind === "video" ? "VP8" : "opus";
  const clockRateHz = kind === "video" ? 90_000 : 48_000;
  const publication = new Publication(
    {
      id: "TR",
      kind,
      source: kind === "video" ? "camera" : "microphone",
      codec,
      clockRateHz,
      layers: layers.map(({ info }) => info),
      counters,
      ...(gathers ? { defer: (flush: Waiting["flush"], waitMs: number) => void waiting.push({ flush, waitMs }) } : {}),
    },
    simulation.nowMs,
  );
  const publishing = link("publisher");
  /** Packets that wait for `deliver` instead of arriving, while this is not undefined. */
  const held: { packets: Uint8Array[] | undefined } = { packets: undefined };
  const deliver = (packet: Uint8Array | undefined): void => {
    if (packet !== undefined) publishing.receive(packet, simulation.nowMs);
  };
  const send = (packet: Uint8Array): void => {
    if (held.packets === undefined) deliver(packet);
    else held.packets.push(packet);
  };
  /** The packets of the next picture, none of which arrives by itself. */
  const nextPicture = (): Uint8Array[] => {
    held.packets = [];
    simulation.runFor(34);
    const { packets } = held;
    held.packets = undefined;
    return packets;
  };
  const publisher = new PublisherPeer({ simulation, send, codec, mid: "v", layers, firstSsrc: 100 });
  publishing.publish(publication, publisher.section, simulation.nowMs);
  const links = MIDS.map((mid) => {
    const subscriber = link(mid);
    const rtx = { rtxSsrc: SSRC + 1, rtxPayloadType: 46 };
    const section = { mid, payloadType: 45, ssrc: SSRC, ...rtx, nack: true, extensions: SUBSCRIBER_IDS };
    subscriber.subscribe(publication, section, simulation.nowMs);
    return subscriber;
  });
  const flush = (): void => waiting.splice(0).forEach((one) => one.flush(simulation.nowMs));
  return { simulation, publication, publisher, links, sent, waiting, flush, nextPicture, deliver };
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
  expect([sent.length, ...waits(waiting)]).toEqual([0, 5, 0]);
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

test("a packet waits at most 5 ms for the end of its picture, and the end lets it go", () => {
  const { publisher, sent, waiting, flush, nextPicture, deliver } = open(true);
  publisher.start();
  nextPicture().forEach(deliver);
  flush();
  sent.length = 0;
  const picture = nextPicture();
  const last = picture.pop();
  picture.forEach(deliver);
  expect([sent.length, ...waits(waiting)]).toEqual([0, 5]);
  deliver(last);
  expect([sent.length, ...waits(waiting)]).toEqual([0, 5, 0]);
  waiting[1]?.flush(1_000);
  expect(sent.length).toBe(MIDS.length * (picture.length + 1));
});

test("a call that was meant for one picture does not cut the next one", () => {
  const { publisher, sent, waiting, flush, nextPicture, deliver } = open(true);
  publisher.start();
  nextPicture().forEach(deliver);
  flush();
  nextPicture().forEach(deliver);
  const [late, end] = waiting.splice(0);
  end?.flush(1_000);
  sent.length = 0;
  nextPicture().slice(0, 2).forEach(deliver);
  late?.flush(1_001);
  expect(sent).toEqual([]);
  flush();
  expect(sent.length).toBe(MIDS.length * 2);
});

test("what fills a hole does not wait", () => {
  const { publisher, waiting, flush, nextPicture, deliver } = open(true);
  publisher.start();
  nextPicture().forEach(deliver);
  flush();
  const [first, second, third] = nextPicture();
  deliver(first);
  deliver(third);
  expect(waits(waiting)).toEqual([5]);
  deliver(second);
  expect(waits(waiting)).toEqual([5, 0]);
});

test("sound does not wait", () => {
  const { publisher, waiting, nextPicture, deliver } = open(true, "audio");
  publisher.start();
  nextPicture().slice(0, 1).forEach(deliver);
  expect(waits(waiting)).toEqual([0]);
});
