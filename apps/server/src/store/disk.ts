/** Room on the disk. The embedded engine cannot be left to find out: without room for its log it loops instead of giving an error. */
import { statfsSync } from "node:fs";

/** Below this nothing more is written: two segments of the engine's log (16 MiB each). */
export const RESERVE_BYTES = 32 * 1024 * 1024;

/** What uploads and clips leave free: shows go on, and are recorded. */
export const SHOW_RESERVE_BYTES = 2 * 1024 ** 3;

/** What may still be written below `folder`, which must exist. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
