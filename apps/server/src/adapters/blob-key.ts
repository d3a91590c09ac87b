/** What a blob's key may be, in every store. */

const MAX_KEY = 512;

/** @throws {RangeError} for what is no key; a key that came from outside cannot leave the store */
export function checkBlobKey(key: string): string {
  const parts = key.split("/");
  const usable =
    key.length <= MAX_KEY && !key.includes("..") && parts.every((part) => /^[a-z0-9._-]{1,200}$/.test(part));
  if (!usable || parts.includes(".")) throw new RangeError(`not a blob key: ${JSON.stringify(key.slice(0, MAX_KEY))}`);
  return key;
}

/** The part of a prefix that names folders, with its slash. @throws {RangeError} it would leave the store */
export function folderOfPrefix(prefix: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (folder !== "") checkBlobKey(folder.slice(0, -1));
  return folder;
}
