/** Puts one object: small ones at once, streams in parts. What breaks off leaves nothing behind. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";

type Sdk = typeof import("@aws-sdk/client-s3");
type Target = Readonly<{ Bucket: string; Key: string; ContentType: string }>;
type Part = Readonly<{ ETag: string | undefined; PartNumber: number }>;

/** S3 takes 10,000 parts: 160 GiB. */
const PART_BYTES = 16 * 1024 * 1024;

/** @throws what the body or the store throws; the object is then as it was before */
export async function upload(sdk: Sdk, client: S3Client, target: Target, body: Uint8Array | Readable): Promise<void> {
  if (body instanceof Uint8Array) return put(sdk, client, target, body);
  const parts = partsOf(body);
  const first = await parts.next();
  const second = await parts.next();
  if (second.done === true) return put(sdk, client, target, first.value ?? new Uint8Array());
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(target));
  const place = { Bucket: target.Bucket, Key: target.Key, UploadId };
  try {
    const done: Part[] = [];
    const send = async (Body: Uint8Array): Promise<void> => {
      const PartNumber = done.length + 1;
      const { ETag } = await client.send(new sdk.UploadPartCommand({ ...place, PartNumber, Body }));
      done.push({ ETag, PartNumber });
    };
    await send(first.value ?? new Uint8Array());
    await send(second.value);
    for await (const part of parts) await send(part);
    await client.send(new sdk.CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts: done } }));
  } catch (cause) {
    // Parts that stay would be paid for; the store's own rules remove them should this fail too.
    await client.send(new sdk.AbortMultipartUploadCommand(place)).catch(() => {});
    throw cause;
  }
}

async function put(sdk: Sdk, client: S3Client, target: Target, Body: Uint8Array): Promise<void> {
  await client.send(new sdk.PutObjectCommand({ ...target, Body, ContentLength: Body.length }));
}

/** The stream in pieces of one part; the last one is shorter. Reads no further than it gives. */
async function* partsOf(body: Readable): AsyncGenerator<Uint8Array, undefined> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    let rest = Buffer.from(chunk as Uint8Array | string);
    while (bytes + rest.length >= PART_BYTES) {
      const room = PART_BYTES - bytes;
      yield Buffer.concat([...pieces, rest.subarray(0, room)]);
      rest = rest.subarray(room);
      [pieces, bytes] = [[], 0];
    }
    if (rest.length > 0) pieces.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0) yield Buffer.concat(pieces);
  return undefined;
}
