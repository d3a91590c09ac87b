/** Who this installation is among those that share a database. Kept in DATA_DIR, so that a new process knows what its predecessor held. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { newId } from "./ids.ts";

const ID = /^[0-9a-z]{20}$/;

/** Made at the first start. The caller holds the lock of `dataDir`: that makes the name unique while it is used. */
export function openNodeId(dataDir: string): string {
  const file = path.join(dataDir, "node-id");
  const known = readIfThere(file).trim();
  if (ID.test(known)) return known;
  const id = newId();
  const draft = `${file}.new`;
  writeFileSync(draft, `${id}\n`);
  renameSync(draft, file);
  return id;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
