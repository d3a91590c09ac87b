/** Named immutable byte strings: posters, recordings, clips. Keys are `a-z0-9/._-`, no leading slash, no `..`. */
import type { Readable } from "node:stream";

/** What a list says of a blob. */
export type BlobName = Readonly<{ key: string; bytes: number }>;

export type BlobInfo = Readonly<{ key: string; bytes: number; contentType: string }>;

/** Bytes `start` to `end`, both inclusive, as in an HTTP Range. */
export type ByteRange = Readonly<{ start: number; end: number }>;

export interface Blobs {
  /** Visible only when complete. Replaces what was there. */
  put(key: string, body: Uint8Array | Readable, contentType: string): Promise<void>;
  /** Null when there is no such blob. The caller consumes or destroys `body`. */
  get(key: string, range?: ByteRange): Promise<{ info: BlobInfo; body: Readable } | null>;
  /** No error when it is already gone. */
  remove(key: string): Promise<void>;
  /** Removes every blob whose key begins with `prefix`. One that is put meanwhile may stay. */
  removeAll(prefix: string): Promise<void>;
  list(prefix: string): AsyncIterable<BlobName>;
  close(): Promise<void>;
}
