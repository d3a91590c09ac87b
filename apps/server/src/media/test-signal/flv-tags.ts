/** Cuts FLV as it arrives from a pipe into tags. Adobe Flash Video File Format 10.1, annex E. */
import { concat } from "@rostrum/media/bytes";
import { MalformedError } from "@rostrum/media/errors";

/** `data` is the tag's body: what an RTMP message of the same kind carries. */
export type FlvTag = Readonly<{ kind: "audio" | "video" | "script"; timestampMs: number; data: Uint8Array }>;

const KINDS = new Map([
  [8, "audio"],
  [9, "video"],
  [18, "script"],
] as const);
const TAG_HEADER_BYTES = 11;
/** Behind every tag, and behind the file header: the size of the tag before. */
const BACK_POINTER_BYTES = 4;
const FILE_HEADER_BYTES = 9;
const SPEC = "FLV annex E.4.1";

/** One file. At most one tag (16 MB) is held. */
export class FlvTags {
  #pending: Uint8Array = new Uint8Array();
  #hasHeader = false;

  /**
   * The tags that `chunk` completes; their data are copies or views of pushed bytes, which must not change.
   * @throws {MalformedError} no FLV, or a tag of another kind
   */
  push(chunk: Uint8Array): FlvTag[] {
    this.#pending = this.#pending.length === 0 ? chunk : concat([this.#pending, chunk]);
    const tags: FlvTag[] = [];
    if (!this.#hasHeader && !this.#takeHeader()) return tags;
    for (let tag = this.#takeTag(); tag !== undefined; tag = this.#takeTag()) tags.push(tag);
    return tags;
  }

  #takeHeader(): boolean {
    const bytes = this.#pending;
    if (bytes.length < FILE_HEADER_BYTES + BACK_POINTER_BYTES) return false;
    if (String.fromCharCode(...bytes.subarray(0, 3)) !== "FLV") throw new MalformedError("no FLV signature", 0, SPEC);
    this.#pending = bytes.subarray(FILE_HEADER_BYTES + BACK_POINTER_BYTES);
    this.#hasHeader = true;
    return true;
  }

  #takeTag(): FlvTag | undefined {
    const bytes = this.#pending;
    if (bytes.length < TAG_HEADER_BYTES) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const endBytes = TAG_HEADER_BYTES + (view.getUint32(0) & 0xff_ffff);
    if (bytes.length < endBytes + BACK_POINTER_BYTES) return undefined;
    const type = view.getUint8(0);
    const kind = KINDS.get(type as 8);
    if (kind === undefined) throw new MalformedError(`FLV tag of type ${type}`, 0, SPEC);
    // The upper eight bits of the time stand behind the lower ones.
    const timestampMs = ((view.getUint32(4) >>> 8) | (view.getUint8(7) << 24)) >>> 0;
    this.#pending = bytes.subarray(endBytes + BACK_POINTER_BYTES);
    return { kind, timestampMs, data: bytes.subarray(TAG_HEADER_BYTES, endBytes) };
  }
}
