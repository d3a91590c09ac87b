/** The stream key out of what encoders put into connect and publish. Strings only: nothing here is parsed as a URL. */

/** The one application that is published to: `rtmp://host/live`. */
export const APPLICATION = "live";

const MAX_KEY_CHARS = 256;

export type PublishTarget =
  | { readonly ok: true; readonly key: string }
  /** `problem` is a sentence for the person at the encoder; it never holds what they sent, which may be a key. */
  | { readonly ok: false; readonly problem: string };

/**
 * Application and name are one path, since encoders cut the URL at different places: `live` + `<key>` and `live/<key>` + "" are the same.
 * Query strings are ignored.
 * @param app from connect's object, "" when it has none
 * @param tcUrl the same, looked at when `app` is empty
 */
export function publishTarget(app: string, tcUrl: string, name: string): PublishTarget {
  const application = app === "" ? pathOf(tcUrl) : app;
  const [first, ...rest] = [...segments(application), ...segments(name)];
  if (first !== APPLICATION) {
    return { ok: false, problem: `Publish to rtmp://<host>/${APPLICATION} with the stream key as its name.` };
  }
  const [key, ...more] = rest;
  if (key === undefined) return { ok: false, problem: "The stream key is missing." };
  if (more.length > 0 || key.length > MAX_KEY_CHARS || !/^[\x21-\x7e]+$/.test(key)) {
    return { ok: false, problem: "This is not a stream key: copy it again from the control room." };
  }
  return { ok: true, key };
}

function segments(path: string): string[] {
  const [withoutQuery = ""] = path.split("?");
  return withoutQuery.split("/").filter((segment) => segment !== "");
}

function pathOf(url: string): string {
  return /^[a-z]+:\/\/[^/]*\/(.*)$/is.exec(url)?.[1] ?? "";
}
