/** Which frames of which quality a viewer is sent: another quality only from a key frame on. Pure. */
import type { Frame } from "./frames.ts";
import { SOURCE } from "./layer-choice.ts";

export class LayerSwitch {
  #sent = SOURCE;
  #wanted = SOURCE;

  /** What is sent now. */
  get sent(): string {
    return this.#sent;
  }

  /** The quality to go over to with its next key frame. */
  want(layer: string): void {
    this.#wanted = layer;
  }

  /** Whether this picture is to be sent. */
  takes({ layer, keyframe }: Pick<Frame, "layer" | "keyframe">): boolean {
    if (layer === this.#wanted && layer !== this.#sent && keyframe) this.#sent = layer;
    return layer === this.#sent;
  }
}
