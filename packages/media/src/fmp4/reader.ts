/** Reads fMP4 as it arrives from a pipe: an init segment, then fragments. */
import { concat } from "../bytes.ts";
import { MalformedError, ProtocolViolation } from "../errors.ts";
import type { Track } from "../sample.ts";
import { peekBoxSize } from "./boxes.ts";
import { type Fragment, parseFragments } from "./parse-fragment.ts";
import { type FragmentDefaults, parseInitWithDefaults } from "./parse-init.ts";

/** What one push completed, in order. */
export type Fmp4Event =
  | Readonly<{ type: "init"; track: Track; bytes: Uint8Array }>
  | Readonly<{ type: "fragment"; fragment: Fragment; bytes: Uint8Array }>;

const SPEC = "ISO/IEC 14496-12 §4.2";
const DEFAULT_MAX_BOX_BYTES = 64 * 1024 * 1024;

/**
 * Cuts one track's fMP4 into init segment and fragments, whatever the sizes of the pushed chunks.
 * Memory is bounded by one moof with its mdat: two boxes of `maxBoxBytes`, and only what was received is held.
 */
export class Fmp4Reader {
  readonly #maxBoxBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #wanted = 8;
  #init: { track: Track; defaults: FragmentDefaults } | undefined;
  #moof: Uint8Array | undefined;

  constructor(options: { maxBoxBytes?: number } = {}) {
    this.#maxBoxBytes = options.maxBoxBytes ?? DEFAULT_MAX_BOX_BYTES;
  }

  /** Bytes received that belong to a box which is not complete. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Takes the next bytes; they must not change afterwards, since events may be views of them.
   * @throws {MalformedError} a broken box, a box of unknown length, a fragment before the init segment
   * @throws {UnsupportedError} as parseInit and parseFragments
   * @throws {ProtocolViolation} a box longer than `maxBoxBytes`
   */
  push(chunk: Uint8Array): Fmp4Event[] {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    const events: Fmp4Event[] = [];
    while (this.#pendingBytes >= this.#wanted) {
      const box = this.#takeBox();
      if (box === undefined) break;
      const event = this.#accept(box);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #takeBox(): Uint8Array | undefined {
    const bytes = this.#pending.length === 1 ? (this.#pending[0] ?? new Uint8Array()) : concat(this.#pending);
    this.#pending = [bytes];
    const sizeBytes = peekBoxSize(bytes);
    if (sizeBytes === 0) throw new MalformedError("box of unknown length in a live file", 0, SPEC);
    if (sizeBytes !== undefined && sizeBytes > this.#maxBoxBytes) {
      throw new ProtocolViolation(`box of ${sizeBytes} bytes, at most ${this.#maxBoxBytes}`);
    }
    this.#wanted = sizeBytes ?? 16;
    if (bytes.length < this.#wanted || sizeBytes === undefined) return undefined;
    const rest = bytes.subarray(sizeBytes);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
    this.#wanted = 8;
    return bytes.subarray(0, sizeBytes);
  }

  #accept(box: Uint8Array): Fmp4Event | undefined {
    const type = String.fromCharCode(...box.subarray(4, 8));
    if (type === "moov") {
      this.#init = parseInitWithDefaults(box);
      return { type: "init", track: this.#init.track, bytes: box };
    }
    if (type === "moof") this.#moof = box;
    if (type !== "mdat" || this.#moof === undefined) return undefined;
    if (this.#init === undefined) throw new MalformedError("fragment before the init segment", 0, SPEC);
    const bytes = concat([this.#moof, box]);
    this.#moof = undefined;
    const [fragment] = parseFragments(bytes, this.#init.track.kind, this.#init.defaults);
    return fragment && { type: "fragment", fragment, bytes };
  }
}
