/** Opens the blob store that the configuration names. */
import path from "node:path";
import { parseBlobsUrl } from "../lib/blobs-url.ts";
import { StartError } from "../lib/start-error.ts";
import type { Blobs } from "../ports/blobs.ts";
import { createDiskBlobs } from "./blobs-disk.ts";

type Settings = Readonly<{
  DATA_DIR: string;
  BLOBS_URL?: string | undefined;
  BLOBS_ACCESS_KEY_ID?: string | undefined;
  BLOBS_SECRET_ACCESS_KEY?: string | undefined;
}>;

/** Without BLOBS_URL a folder in DATA_DIR. @throws {StartError} what is wrong with the store, as a sentence */
export async function openBlobs(config: Settings): Promise<Blobs> {
  if (config.BLOBS_URL === undefined) return createDiskBlobs(path.join(config.DATA_DIR, "blobs"));
  const place = parseBlobsUrl(config.BLOBS_URL);
  if (typeof place === "string") throw new StartError(`BLOBS_URL ${place}.`);
  if (place.kind === "disk") return createDiskBlobs(place.dir);
  const { openS3Blobs } = await import("./blobs-s3.ts");
  const { BLOBS_ACCESS_KEY_ID: accessKeyId, BLOBS_SECRET_ACCESS_KEY: secretAccessKey } = config;
  const given = accessKeyId !== undefined && secretAccessKey !== undefined;
  return openS3Blobs(place, given ? { accessKeyId, secretAccessKey } : undefined);
}
