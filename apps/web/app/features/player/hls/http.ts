/** GET with the show's token, a time limit, and a measure of how fast the bytes came. */

export type HttpOptions = Readonly<{
  /** The address of the show with its newest token: what is asked for carries the same. */
  sourceUrl: () => string;
  /** `bytes` came within `ms`, from the request on. */
  onTransfer: (bytes: number, ms: number) => void;
}>;

/** `status` 0: no answer at all. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, url: string) {
    super(status === 0 ? `no answer for ${pathOf(url)}` : `${status} for ${pathOf(url)}`);
    this.status = status;
  }
}

/** A server holds a blocking request for at most three target durations. */
const TIMEOUT_MS = 20_000;

export class Http {
  readonly #options: HttpOptions;
  #running = 0;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** @throws {HttpError} and, when `signal` aborts, its reason */
  async text(url: string, signal: AbortSignal): Promise<string> {
    return this.#get(url, signal, (response) => response.text());
  }

  /** @throws {HttpError} and, when `signal` aborts, its reason */
  async bytes(url: string, signal: AbortSignal): Promise<Uint8Array> {
    const began = performance.now();
    this.#running += 1;
    const beside = this.#running;
    try {
      const buffer = await this.#get(url, signal, (response) => response.arrayBuffer());
      // Several share the line: each of them would tell of a part of it only.
      this.#options.onTransfer(buffer.byteLength, (performance.now() - began) / Math.max(beside, this.#running));
      return new Uint8Array(buffer);
    } finally {
      this.#running -= 1;
    }
  }

  async #get<T>(url: string, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
    // AbortSignal.any would do, but phones that have ManagedMediaSource need not have it.
    const limit = new AbortController();
    const stop = (): void => limit.abort();
    const timer = setTimeout(stop, TIMEOUT_MS);
    signal.addEventListener("abort", stop);
    try {
      if (signal.aborted) throw signal.reason;
      const response = await fetch(this.#withToken(url), { signal: limit.signal });
      if (!response.ok) throw new HttpError(response.status, url);
      return await read(response);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof HttpError ? error : new HttpError(0, url);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** Playlists carry the token that they were asked for with; a newer one takes its place. */
  #withToken(asked: string): string {
    const token = new URL(this.#options.sourceUrl(), location.href).searchParams.get("t");
    if (token === null) return asked;
    const url = new URL(asked);
    url.searchParams.set("t", token);
    return url.href;
  }
}

/** The address of `uri` within the playlist at `base`. Tokens are left out: they change, and are put in when asking. */
export function addressOf(uri: string, base: string): string {
  const url = new URL(uri, base);
  url.searchParams.delete("t");
  return url.href;
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}
