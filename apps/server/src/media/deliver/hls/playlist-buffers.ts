/** One buffer per playlist version, shared by everybody who waits for it; compressed once. */
import { gzipSync } from "node:zlib";

/** Level 1: a playlist is sent often and lives for a third of a second. */
const GZIP = { level: 1 };
/** Below this, compression saves no packet. */
const MIN_GZIP_BYTES = 860;
const URI_END = /\.(m4s|mp4|m3u8)(?=["\n])/g;

export type Body = Readonly<{ bytes: Buffer; gzip: boolean }>;

/** A playlist's text in the forms in which it is sent. */
export class PlaylistBody {
  readonly #write: () => string;
  #text: string | undefined;
  #plain: Buffer | undefined;
  #zipped: Buffer | undefined;

  /** @param write is called once, when somebody asks */
  constructor(write: () => string) {
    this.#write = write;
  }

  /** @param token goes into every URI; such a body is made for one viewer */
  body(gzip: boolean, token: string | undefined): Body {
    this.#text ??= this.#write();
    if (token !== undefined) return compressed(Buffer.from(withToken(this.#text, token)), gzip);
    this.#plain ??= Buffer.from(this.#text);
    if (!gzip || this.#plain.length < MIN_GZIP_BYTES) return { bytes: this.#plain, gzip: false };
    this.#zipped ??= gzipSync(this.#plain, GZIP);
    return { bytes: this.#zipped, gzip: true };
  }
}

function compressed(plain: Buffer, gzip: boolean): Body {
  if (!gzip || plain.length < MIN_GZIP_BYTES) return { bytes: plain, gzip: false };
  return { bytes: gzipSync(plain, GZIP), gzip: true };
}

function withToken(text: string, token: string): string {
  const query = `?t=${encodeURIComponent(token)}`;
  return text.replace(URI_END, (end) => end + query);
}
