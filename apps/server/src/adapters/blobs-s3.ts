/** Blobs in a bucket of any store that speaks S3. Large bodies go up in parts, so memory is two parts whatever the blob. */
import type { S3Client } from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import type { BlobsPlace } from "../lib/blobs-url.ts";
import { StartError } from "../lib/start-error.ts";
import type { BlobInfo, BlobName, Blobs, ByteRange } from "../ports/blobs.ts";
import { checkBlobKey, folderOfPrefix } from "./blob-key.ts";
import { codeOf, describeS3Error, isFromStore, isMissing, isRefused } from "./blobs-s3-errors.ts";
import { upload } from "./blobs-s3-upload.ts";

type Sdk = typeof import("@aws-sdk/client-s3");
type Place = Extract<BlobsPlace, { kind: "s3" }>;
export type S3Keys = Readonly<{ accessKeyId: string; secretAccessKey: string }>;

const CONNECT_MS = 5_000;
/** Without a byte for so long a request is given up and tried again. */
const SILENCE_MS = 30_000;
const ATTEMPTS = 4;
const CHECK_MS = 15_000;
/** As many as one request may remove. */
const REMOVED_AT_ONCE = 1000;
/** Requests at a time, where each removes one. */
const REMOVALS = 8;

/**
 * Opens the store and looks whether it answers.
 * @param keys left out: those of AWS' own variables and files
 * @throws {StartError} a sentence: the bucket is missing, access is refused, or nobody answers
 */
export async function openS3Blobs(place: Place, keys: S3Keys | undefined): Promise<Blobs> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({
    region: place.region,
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint, forcePathStyle: true }),
    ...(keys === undefined ? {} : { credentials: keys }),
    // Not every store knows the newer checksums; TLS and the length protect the bytes on their way.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: SILENCE_MS, socketTimeout: SILENCE_MS },
  });
  try {
    const look = new sdk.ListObjectsCommand({ Bucket: place.bucket, Prefix: place.prefix, MaxKeys: 1 });
    await client.send(look, { abortSignal: AbortSignal.timeout(CHECK_MS) });
  } catch (cause) {
    client.destroy();
    throw new StartError(`BLOBS_URL cannot be used: ${describeS3Error(cause, place)}`, { cause });
  }
  return new S3Blobs(sdk, client, place);
}

class S3Blobs implements Blobs {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #place: Place;
  /** The store does not remove several objects by one request. */
  #oneByOne = false;

  constructor(sdk: Sdk, client: S3Client, place: Place) {
    this.#sdk = sdk;
    this.#client = client;
    this.#place = place;
  }

  async put(key: string, body: Uint8Array | Readable, contentType: string): Promise<void> {
    const target = { ...this.#at(key), ContentType: contentType };
    try {
      await upload(this.#sdk, this.#client, target, body);
    } catch (cause) {
      throw this.#explain(cause);
    }
  }

  async get(key: string, range?: ByteRange): Promise<{ info: BlobInfo; body: Readable } | null> {
    const at = this.#at(key);
    if (range !== undefined && (range.start < 0 || range.start > range.end)) throw outside(range);
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const answer = await this.#client.send(new this.#sdk.GetObjectCommand({ ...at, ...(Range && { Range }) }));
      // The whole length stands behind the slash of `bytes 0-1/2`.
      const bytes = Number(answer.ContentRange?.split("/")[1] ?? answer.ContentLength ?? 0);
      const contentType = answer.ContentType ?? "application/octet-stream";
      const body = answer.Body instanceof Readable ? answer.Body : Readable.from([]);
      return { info: { key, bytes, contentType }, body };
    } catch (cause) {
      if (isMissing(cause)) return null;
      if (range !== undefined && codeOf(cause) === "InvalidRange") throw outside(range);
      throw this.#explain(cause);
    }
  }

  async remove(key: string): Promise<void> {
    const at = this.#at(key);
    try {
      await this.#client.send(new this.#sdk.DeleteObjectCommand(at));
    } catch (cause) {
      if (!isMissing(cause)) throw this.#explain(cause);
    }
  }

  async removeAll(prefix: string): Promise<void> {
    folderOfPrefix(prefix);
    let keys: string[] = [];
    for await (const { key } of this.list(prefix)) {
      keys.push(key);
      if (keys.length < REMOVED_AT_ONCE) continue;
      await this.#removeKeys(keys);
      keys = [];
    }
    if (keys.length > 0) await this.#removeKeys(keys);
  }

  async *list(prefix: string): AsyncGenerator<BlobName> {
    folderOfPrefix(prefix);
    const { bucket, prefix: own } = this.#place;
    let after: string | undefined;
    do {
      // Version 1 of the list: every store has it, and a page can be gone on with from any key.
      const page = { Bucket: bucket, Prefix: own + prefix, ...(after && { Marker: after }) };
      const answer = await this.#client.send(new this.#sdk.ListObjectsCommand(page)).catch((cause: unknown) => {
        throw this.#explain(cause);
      });
      const found = answer.Contents ?? [];
      for (const { Key, Size } of found) {
        if (Key !== undefined) yield { key: Key.slice(own.length), bytes: Size ?? 0 };
      }
      after = answer.IsTruncated === true ? found.at(-1)?.Key : undefined;
    } while (after !== undefined);
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #removeKeys(keys: readonly string[]): Promise<void> {
    if (this.#oneByOne) return this.#removeEach(keys);
    try {
      await this.#removeAtOnce(keys);
    } catch (cause) {
      if (!isRefused(cause)) throw this.#explain(cause);
      // Some stores know only the removal of one object. When that fails too, its reason is told.
      await this.#removeEach(keys);
      this.#oneByOne = true;
    }
  }

  async #removeEach(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += REMOVALS) {
      await Promise.all(keys.slice(at, at + REMOVALS).map((key) => this.remove(key)));
    }
  }

  async #removeAtOnce(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((key) => ({ Key: this.#at(key).Key }));
    const { bucket: Bucket } = this.#place;
    const command = new this.#sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
    const [failed] = (await this.#client.send(command)).Errors ?? [];
    if (failed === undefined) return;
    throw new Error(`${failed.Key ?? "a blob"} was not removed (${failed.Code ?? "no reason"})`);
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#place.bucket, Key: this.#place.prefix + checkBlobKey(key) };
  }

  /** An error of the body that was to be stored is told as it is. */
  #explain(cause: unknown): unknown {
    if (!isFromStore(cause)) return cause;
    return new Error(`The blob store: ${describeS3Error(cause, this.#place)}`, { cause });
  }
}

function outside({ start, end }: ByteRange): RangeError {
  return new RangeError(`bytes ${start} to ${end} are not within the blob`);
}
