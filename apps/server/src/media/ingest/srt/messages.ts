/** What the server and its SRT child say to each other. The child's side is one pipe of frames, so that words and media keep their order. */

/**
 * One stream id that may connect, by the SHA-256 (hex) of its name.
 * `required` true: only with `passphrase`. False: without, or with it.
 */
export type SrtEntry = Readonly<{ hash: string; passphrase: string; required: boolean }>;

/** By IPC. `entries` replace those of that channel; without any it is unknown from now on. */
export type ToSrtChild =
  | { readonly type: "listen"; readonly host: string; readonly port: number; readonly library: string | undefined }
  | { readonly type: "keys"; readonly channelId: string; readonly entries: readonly SrtEntry[] }
  /** The key was checked: media may come. */
  | { readonly type: "accept"; readonly session: number }
  | { readonly type: "end"; readonly session: number }
  /** Closes every connection and the port. */
  | { readonly type: "stop" };

/** `rttMs` now; `received`, `lost` (most of them were sent again) and `dropped` packets of one connection since its begin. */
export type SrtStatistics = Readonly<{ rttMs: number; received: number; lost: number; dropped: number }>;

/** In frames of kind `words`. */
export type FromSrtChild =
  | { readonly type: "listening"; readonly port: number; readonly version: string }
  /** SRT cannot be served on this machine; `problem` is what loading said. */
  | { readonly type: "missing"; readonly problem: string }
  /** `code` as of Node: EADDRINUSE, EACCES, or what libsrt said. */
  | { readonly type: "failed"; readonly code: string }
  /** `id` is what stood behind `publish:` in the stream id. */
  | { readonly type: "connected"; readonly session: number; readonly id: string; readonly remote: string }
  /** Refused: it has a passphrase, and a key for a name, which needs none. With its next try it is expected to. */
  | { readonly type: "encrypts"; readonly remote: string }
  | { readonly type: "statistics"; readonly session: number; readonly values: SrtStatistics }
  | { readonly type: "closed"; readonly session: number; readonly reason: string };

/** What the pipe carries: media of one session, or words. */
export type Frame =
  | { readonly kind: "media"; readonly session: number; readonly data: Uint8Array }
  | { readonly kind: "words"; readonly message: FromSrtChild };

const HEAD_BYTES = 9;
const MEDIA = 1;
const WORDS = 2;
/** A frame is at most what is read from one session at once. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** Length, kind and session before the data. */
export function mediaFrameHead(session: number, dataBytes: number): Buffer {
  return head(MEDIA, session, dataBytes);
}

/** A whole frame. */
export function wordsFrame(message: FromSrtChild): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([head(WORDS, 0, body.length), body]);
}

function head(kind: number, session: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(HEAD_BYTES);
  buffer.writeUInt32BE(bytes, 0);
  buffer.writeUInt8(kind, 4);
  buffer.writeUInt32BE(session, 5);
  return buffer;
}

/** Puts frames together from a pipe's chunks. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The frames that `chunk` completes; their data are views. @throws {RangeError} a frame longer than any that is written */
  push(chunk: Buffer): Frame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      if (this.#pending.length < HEAD_BYTES) return frames;
      const bytes = this.#pending.readUInt32BE(0);
      if (bytes > MAX_FRAME_BYTES) throw new RangeError(`frame of ${bytes} bytes from the SRT child`);
      if (this.#pending.length < HEAD_BYTES + bytes) return frames;
      const body = this.#pending.subarray(HEAD_BYTES, HEAD_BYTES + bytes);
      frames.push(
        this.#pending.readUInt8(4) === MEDIA
          ? { kind: "media", session: this.#pending.readUInt32BE(5), data: body }
          : { kind: "words", message: JSON.parse(body.toString()) as FromSrtChild },
      );
      this.#pending = this.#pending.subarray(HEAD_BYTES + bytes);
    }
  }
}
