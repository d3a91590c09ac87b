/** One payload behind the headers of several templates. */
import { expect, test } from "vitest";
import { NO_EXTENSIONS } from "./extensions.ts";
import { PacketTemplate } from "./packet-template.ts";
import { SharedPayload } from "./shared-payload.ts";
import { toHex, viewOf } from "./testing.ts";

const SHORT = new PacketTemplate({ ssrc: 1, payloadType: 96 });
const LONG = new PacketTemplate({
  ssrc: 2,
  payloadType: 45,
  ids: { ...NO_EXTENSIONS, mid: 9, transportSequence: 5, audioLevel: 1 },
  mid: "m".repeat(32),
});

test("each template writes what it would have written alone, however their headers differ", () => {
  const shared = new SharedPayload();
  for (const [sequence, bytes] of [300, 3, 1_200, 40].entries()) {
    const view = viewOf({ sequence, marker: sequence === 2, payload: new Uint8Array(bytes).fill(sequence + 1) });
    shared.take(view);
    for (const template of [SHORT, LONG, LONG, SHORT]) {
      const packet = shared.packet(template.headerBytes);
      template.writeHeader(packet, view, NO_EXTENSIONS, sequence, 90_000);
      expect(toHex(packet)).toBe(toHex(template.forward(view, NO_EXTENSIONS, sequence, 90_000)));
    }
  }
});

test("a payload longer than any path carries has room", () => {
  const shared = new SharedPayload();
  const view = viewOf({ payload: new Uint8Array(60_000).fill(7) });
  shared.take(view);
  const packet = shared.packet(SHORT.headerBytes);
  SHORT.writeHeader(packet, view, NO_EXTENSIONS, 1, 1);
  expect(packet).toEqual(SHORT.forward(view, NO_EXTENSIONS, 1, 1));
});
