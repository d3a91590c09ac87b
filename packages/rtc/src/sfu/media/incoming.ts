/** One media packet on its way from a publication to its subscribers, looked at once for all of them. */
import { KeyframeDetector, type KeyframeMark, type VideoCodec } from "../../rtp/keyframe.ts";
import { RtpView } from "../../rtp/packet.ts";
import { SharedPayload } from "../../rtp/shared-payload.ts";
import { Vp8Descriptor } from "../../rtp/vp8.ts";
import type { CodecName } from "./types.ts";

/** Made once and overwritten by one packet after another. */
export class Incoming {
  readonly view = new RtpView();
  /** Index of the publication's layer. */
  layer = 0;
  /** Whether who does not yet get this layer can begin with this packet. Always "start" for audio. */
  mark: KeyframeMark = "none";
  /** The payload descriptor of VP8; undefined for other codecs and for payloads without one. */
  vp8: Vp8Descriptor | undefined;
  /** What goes out of it to all subscribers. */
  readonly payload = new SharedPayload();
  readonly #vp8: Vp8Descriptor | undefined;
  readonly #detector: KeyframeDetector | undefined;

  constructor(codec: CodecName) {
    this.#vp8 = codec === "VP8" ? new Vp8Descriptor() : undefined;
    this.#detector = needsDetector(codec) ? new KeyframeDetector(codec) : undefined;
  }

  /** Looks at a packet that was parsed elsewhere; `view` may change after it. */
  take(view: RtpView, layer: number): void {
    this.view.copy(view);
    this.inspect(layer);
  }

  /** Looks at the packet in `view`, which is of `layer`. */
  inspect(layer: number): void {
    const { view } = this;
    const empty = view.payloadEnd <= view.payloadOffset;
    this.layer = layer;
    this.payload.take(view);
    this.vp8 = undefined;
    if (this.#vp8 !== undefined) this.#inspectVp8(this.#vp8, empty);
    else if (this.#detector !== undefined) this.mark = this.#detector.mark(view);
    else this.mark = empty ? "none" : "start";
  }

  #inspectVp8(descriptor: Vp8Descriptor, empty: boolean): void {
    const { bytes, payloadOffset, payloadEnd } = this.view;
    const valid = !empty && descriptor.parse(bytes, payloadOffset, payloadEnd);
    this.vp8 = valid ? descriptor : undefined;
    this.mark = valid && descriptor.keyframe ? "start" : "none";
  }
}

function needsDetector(codec: CodecName): codec is Exclude<VideoCodec, "VP8"> {
  return codec !== "opus" && codec !== "VP8";
}
