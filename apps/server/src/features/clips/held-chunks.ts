/** Reads held media as what an MP4 file is made of. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { parseInitWithDefaults } from "@rostrum/media/fmp4/init";
import type { Mp4Chunk } from "@rostrum/media/mp4/write-mp4";
import type { HeldFile } from "../../media/plane.ts";

type Init = ReturnType<typeof parseInitWithDefaults>;

/**
 * One chunk a file, in their order. Holds one file in memory at a time.
 * @throws {MalformedError} a file is broken
 */
export async function* heldChunks(folder: string, files: readonly HeldFile[]): AsyncGenerator<Mp4Chunk> {
  const inits = new Map<string, Init>();
  for (const { media, init } of files) {
    const known = inits.get(init) ?? parseInitWithDefaults(await readFile(path.join(folder, init)));
    inits.set(init, known);
    const { track, defaults } = known;
    const fragments = parseFragments(await readFile(path.join(folder, media)), track.kind, defaults);
    yield { track, samples: fragments.flatMap((fragment) => fragment.samples) };
  }
}
