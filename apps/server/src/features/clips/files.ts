/** Where the bytes of a clip are: held media in DATA_DIR while it is made, then blobs. */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Context } from "../../context.ts";
import type { HeldMedia } from "../../media/plane.ts";

/** All blobs of one clip are below it; the database's trigger knows it too. */
export const prefixOf = (clipId: string): string => `clips/${clipId}/`;

export const blobKeys = (clipId: string): Readonly<{ mp4: string; thumbnail: string }> => ({
  mp4: `${prefixOf(clipId)}clip.mp4`,
  thumbnail: `${prefixOf(clipId)}thumbnail.jpg`,
});

/** The folder with one sub-folder for each clip in the works. */
export const holdingFolder = (ctx: Context): string => path.join(ctx.config.DATA_DIR, "clips");

export const heldFolder = (ctx: Context, clipId: string): string => path.join(holdingFolder(ctx), clipId);

const INDEX = "held.json";

export async function writeHeld(folder: string, held: HeldMedia): Promise<void> {
  await writeFile(path.join(folder, INDEX), JSON.stringify(held), { mode: 0o600 });
}

/** Null when the folder is not there, or not complete. */
export async function readHeld(folder: string): Promise<HeldMedia | null> {
  try {
    return JSON.parse(await readFile(path.join(folder, INDEX), "utf8")) as HeldMedia;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
}

export async function removeHeld(ctx: Context, clipId: string): Promise<void> {
  await rm(heldFolder(ctx, clipId), { recursive: true, force: true });
}
