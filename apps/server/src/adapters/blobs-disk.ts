/**
 * Blobs as files below one folder. A content type that the key's extension does not tell stands in a file beside the bytes. Both names
 * end in `=…`, which no key contains: a blob `a` and a blob `a/b` do not meet.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { BlobInfo, BlobName, Blobs, ByteRange } from "../ports/blobs.ts";
import { checkBlobKey, folderOfPrefix } from "./blob-key.ts";

const BODY = "=body";
const TYPE = "=type";
/** Recordings are many small files: these have none beside them. */
const TYPE_OF_EXTENSION: Readonly<Record<string, string>> = { ".m4s": "video/mp4", ".mp4": "video/mp4" };

/** Makes the folder. It must belong to this process alone: what earlier writes left unfinished is removed. */
export function createDiskBlobs(dir: string): Blobs {
  const drafts = path.join(dir, "=drafts");
  rmSync(drafts, { recursive: true, force: true });
  mkdirSync(drafts, { recursive: true, mode: 0o700 });
  return {
    async put(key, body, contentType) {
      const file = fileOf(dir, key);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const isTold = TYPE_OF_EXTENSION[path.extname(key)] === contentType;
      if (!isTold) await place(drafts, file + TYPE, contentType);
      await place(drafts, file + BODY, body);
      if (isTold) await rm(file + TYPE, { force: true });
    },
    get: (key, range) => read(fileOf(dir, key), key, range),
    remove: (key) => remove(fileOf(dir, key)),
    removeAll: (prefix) => removeAll(dir, prefix),
    list: (prefix) => list(dir, prefix),
    async close() {},
  };
}

function fileOf(dir: string, key: string): string {
  return path.join(dir, ...checkBlobKey(key).split("/"));
}

/** Writes beside, then renames: a reader sees the old file or the whole new one. */
async function place(drafts: string, file: string, body: Uint8Array | Readable | string): Promise<void> {
  const draft = path.join(drafts, randomBytes(12).toString("hex"));
  try {
    await writeFile(draft, body, { mode: 0o600, flush: true });
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
}

async function read(
  file: string,
  key: string,
  range: ByteRange | undefined,
): Promise<{ info: BlobInfo; body: Readable } | null> {
  const handle = await open(file + BODY).catch(nullIfMissing);
  if (handle === null) return null;
  try {
    const [{ size }, contentType] = await Promise.all([handle.stat(), readType(file)]);
    return { info: { key, bytes: size, contentType }, body: bodyOf(handle, size, range) };
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

/** Closes the handle with the body. */
function bodyOf(handle: FileHandle, bytes: number, range: ByteRange | undefined): Readable {
  if (range === undefined) return handle.createReadStream();
  const { start, end } = range;
  if (start < 0 || start > end || start >= bytes) {
    throw new RangeError(`bytes ${start} to ${end} are not within a blob of ${bytes} bytes`);
  }
  return handle.createReadStream({ start, end });
}

async function readType(file: string): Promise<string> {
  const told = TYPE_OF_EXTENSION[path.extname(file)];
  try {
    return await readFile(file + TYPE, "utf8");
  } catch (cause) {
    if (told === undefined || (cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return told;
  }
}

async function remove(file: string): Promise<void> {
  await rm(file + BODY, { force: true });
  await rm(file + TYPE, { force: true });
}

/** A whole folder goes at once, and leaves no empty one. */
async function removeAll(dir: string, prefix: string): Promise<void> {
  const folder = folderOfPrefix(prefix);
  if (folder !== "" && folder === prefix) return rm(path.join(dir, folder), { recursive: true, force: true });
  for await (const { key } of list(dir, prefix)) await remove(fileOf(dir, key));
}

async function* list(dir: string, prefix: string): AsyncGenerator<BlobName> {
  const folder = folderOfPrefix(prefix);
  for await (const key of keysBelow(path.join(dir, folder), folder)) {
    const bytes = key.startsWith(prefix) ? await sizeOf(dir, key) : null;
    if (bytes !== null) yield { key, bytes };
  }
}

async function* keysBelow(folder: string, prefix: string): AsyncGenerator<string> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(nullIfMissing)) ?? [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory() && !entry.name.includes("=")) {
      yield* keysBelow(path.join(folder, entry.name), `${prefix}${entry.name}/`);
    } else if (entry.name.endsWith(BODY)) yield prefix + entry.name.slice(0, -BODY.length);
  }
}

/** Null when it was removed while the list was read. */
async function sizeOf(dir: string, key: string): Promise<number | null> {
  return (await stat(fileOf(dir, key) + BODY).catch(nullIfMissing))?.size ?? null;
}

function nullIfMissing(cause: unknown): null {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") return null;
  throw cause;
}
