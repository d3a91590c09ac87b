/** What plays, noted beside the live windows of this node: a server that was killed goes on with it. */
import { existsSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { newId } from "../../lib/ids.ts";

const List = z.object({
  broadcastId: z.string(),
  fileIds: z.array(z.string()),
  loop: z.boolean(),
  index: z.number().int().nonnegative(),
});
export type RunningList = Readonly<z.infer<typeof List>>;

/** `at` notes that the item at that place begins; `forget` that nothing of it plays any more. */
type ListNote = Readonly<{ at: (index: number) => Promise<void>; forget: () => void }>;

const folderOf = (ctx: Context): string => path.join(ctx.config.DATA_DIR, "file-lists");

/** Each start has a note of its own: the end of a list does not forget the one that has replaced it. */
export async function noteList(ctx: Context, list: RunningList): Promise<ListNote> {
  const folder = folderOf(ctx);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${newId()}.json`);
  let forgotten = false;
  const write = async (index: number): Promise<void> => {
    if (forgotten) return;
    await writeFile(`${file}.new`, JSON.stringify({ ...list, index }), { mode: 0o600 });
    await rename(`${file}.new`, file);
    if (forgotten) rmSync(file, { force: true });
  };
  await write(list.index);
  return {
    at: write,
    forget() {
      forgotten = true;
      rmSync(file, { force: true });
    },
  };
}

/** What played when the process before this one ended, the newest of each broadcast. Its notes are gone afterwards. */
export async function takeLists(ctx: Context): Promise<RunningList[]> {
  const folder = folderOf(ctx);
  const lists = new Map<string, RunningList>();
  const names = existsSync(folder) ? await readdir(folder) : [];
  // Their ids grow with time.
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const file = path.join(folder, name);
    if (name.endsWith(".json")) {
      const read = List.safeParse(parsed(await readFile(file, "utf8")));
      if (read.success) lists.set(read.data.broadcastId, read.data);
    }
    rmSync(file, { force: true });
  }
  return [...lists.values()];
}

/** Undefined when it is not JSON: the machine failed while it was written. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
