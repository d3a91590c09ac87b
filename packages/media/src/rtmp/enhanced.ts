/** What each half tells the other about enhanced RTMP in connect. E-RTMP v2, "Enhancing NetConnection connect command". */
import type { AmfObject } from "../amf0.ts";

const CAN_DECODE = 1;
const CAN_ENCODE = 2;
const CAN_FORWARD = 4;
const CAPS_MULTITRACK = 2;
const CAPS_MODEX = 4;
const VIDEO = ["avc1", "hvc1", "av01", "vp09"];
const AUDIO = ["mp4a", "Opus"];

/** What we take in. */
export function enhancedAnswer(): AmfObject {
  return { capsEx: CAPS_MULTITRACK | CAPS_MODEX, ...codecMaps(CAN_DECODE | CAN_FORWARD) };
}

/** What we send out: one track of each kind. */
export function enhancedOffer(): AmfObject {
  return { capsEx: 0, fourCcList: [...VIDEO, ...AUDIO], ...codecMaps(CAN_ENCODE | CAN_FORWARD) };
}

function codecMaps(mask: number): AmfObject {
  const map = (names: readonly string[]): AmfObject => Object.fromEntries(names.map((name) => [name, mask]));
  return { videoFourCcInfoMap: map(VIDEO), audioFourCcInfoMap: map(AUDIO) };
}
