/** What a caller asks for in its SRT stream id. SRT access control guidelines: `#!::key=value,…`. Pure. */

const ID = /^[A-Za-z0-9_-]{1,128}$/;
/** libsrt allows no more. */
const MAX_CHARS = 512;

/**
 * The name that is to be published under, from `publish:<name>` or `#!::m=publish,r=<name>`; `<name>` alone is taken too, since
 * some encoders add nothing. Undefined: something else, such as a request to play.
 */
export function publishedName(streamId: string | null): string | undefined {
  if (streamId === null || streamId.length > MAX_CHARS) return undefined;
  const text = streamId.replace(/^%23/, "#"); // as some encoders leave it when it stood in a URL
  const name = text.startsWith("#!::") ? fromFields(text.slice(4)) : text.replace(/^publish:/, "");
  return name !== undefined && ID.test(name) ? name : undefined;
}

function fromFields(text: string): string | undefined {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const at = field.indexOf("=");
    if (at > 0) fields.set(field.slice(0, at).trim(), field.slice(at + 1).trim());
  }
  return fields.get("m") === "publish" ? fields.get("r")?.replace(/^publish:/, "") : undefined;
}
