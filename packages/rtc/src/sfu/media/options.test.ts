import { expect, test } from "vitest";
import { RtpView } from "../../rtp/packet.ts";
import { ALL_TEMPORAL, currentOption, optionsOf } from "./options.ts";
import { Publication } from "./publication.ts";
import { framePayloads } from "./testing/frames.ts";
import { CAMERA } from "./testing/publisher-peer.ts";
import { createCounters } from "./types.ts";

const FROM_MS = 10_000;

function open(): Publication {
  const layers = CAMERA.map(({ info }) => info);
  const publication = new Publication(
    {
      id: "TR",
      kind: "video",
      source: "camera",
      codec: "VP8",
      clockRateHz: 90_000,
      layers,
      counters: createCounters(),
    },
    FROM_MS,
  );
  for (const layer of [0, 1, 2]) {
    publication.setSource(layer, { ssrc: layer, requestKeyframe: () => undefined }, FROM_MS);
  }
  return publication;
}

/** Two seconds of a layer at 30 frames per second; each `layered`-th frame is of the lowest temporal layer, all others of one above. */
function feed(publication: Publication, layer: number, bytes: number, layered = 1): void {
  const view = new RtpView();
  for (let frame = 0; frame < 60; frame++) {
    const [payload] = framePayloads("VP8", layer, frame, frame === 0, bytes);
    payload![5] = frame % layered === 0 ? 0 : 0x80;
    const packet = new Uint8Array(12 + payload!.length);
    packet.set([0x80, 96, 0, frame]);
    packet[11] = layer;
    packet.set(payload!, 12);
    if (!view.parse(packet)) throw new Error("not RTP");
    publication.receive(layer, view, FROM_MS + frame * 33);
  }
}

const NOW_MS = FROM_MS + 2_000;
const layersOf = (publication: Publication, wanted: 0 | 1 | 2 | "off"): number[] =>
  optionsOf(publication, wanted, NOW_MS).map(({ layer }) => layer);

test("nothing can be sent of what does not flow, is muted, or is not wanted", () => {
  const publication = open();
  expect(layersOf(publication, 2)).toEqual([]);
  feed(publication, 0, 500);
  expect(layersOf(publication, 2)).toEqual([0]);
  expect(layersOf(publication, "off")).toEqual([]);
  publication.setMuted(true, NOW_MS);
  expect(layersOf(publication, 2)).toEqual([]);
});

test("layers up to the wanted one, or the lowest when only better ones flow", () => {
  const publication = open();
  feed(publication, 1, 700);
  feed(publication, 2, 1_000);
  expect(layersOf(publication, 2)).toEqual([1, 2]);
  expect(layersOf(publication, 1)).toEqual([1]);
  expect(layersOf(publication, 0)).toEqual([1]);
  publication.layerStopped(1);
  expect(layersOf(publication, 1)).toEqual([2]);
});

test("costs are measured; the lowest layer is also offered thinned out, where that saves something", () => {
  const publication = open();
  feed(publication, 0, 500, 4);
  feed(publication, 1, 1_000, 4);
  const options = optionsOf(publication, 2, NOW_MS);
  expect(options.map(({ layer, temporal }) => [layer, temporal])).toEqual([
    [0, 0],
    [0, ALL_TEMPORAL],
    [1, ALL_TEMPORAL],
  ]);
  expect(options[0]!.costBps).toBeCloseTo(options[1]!.costBps / 4, -4);
  expect(options[1]!.costBps).toBeCloseTo(30 * 512 * 8, -4);
});

test("the option in use is found by layer and temporal layer, or the one below", () => {
  const options = [
    { layer: 0, temporal: 0, costBps: 1 },
    { layer: 0, temporal: ALL_TEMPORAL, costBps: 2 },
    { layer: 2, temporal: ALL_TEMPORAL, costBps: 3 },
  ];
  expect(currentOption(options, 0, 0)).toBe(0);
  expect(currentOption(options, 0, ALL_TEMPORAL)).toBe(1);
  expect(currentOption(options, 1, ALL_TEMPORAL)).toBe(1);
  expect(currentOption(options, 2, ALL_TEMPORAL)).toBe(2);
  expect(currentOption(options.slice(2), 0, 0)).toBe(-1);
});
