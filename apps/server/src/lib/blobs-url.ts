/** BLOBS_URL: where blobs are kept. */

/** `endpoint` undefined: Amazon's own. `prefix` is empty or ends with a slash. */
export type BlobsPlace =
  | Readonly<{ kind: "disk"; dir: string }>
  | Readonly<{ kind: "s3"; bucket: string; prefix: string; endpoint: string | undefined; region: string }>;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^([a-z0-9._-]+\/)*$/;
const OPTIONS = new Set(["endpoint", "region"]);

/** The place, or the sentence that says what is wrong with the URL. */
export function parseBlobsUrl(text: string): BlobsPlace | string {
  const url = URL.parse(text);
  if (url?.protocol === "file:") return fileOf(url);
  if (url?.protocol !== "s3:") return "must be a URL that begins with s3:// or file://";
  if (url.username !== "" || url.password !== "") {
    return "must not contain keys: set BLOBS_ACCESS_KEY_ID and BLOBS_SECRET_ACCESS_KEY instead";
  }
  if (!BUCKET.test(url.hostname)) return "must name a bucket: s3://bucket or s3://bucket/prefix";
  const path = url.pathname.replace(/^\/+|\/+$/g, "");
  const prefix = path === "" ? "" : `${path}/`;
  if (!PREFIX.test(prefix)) return "the prefix may have lower-case letters, digits, dots, dashes and underscores";
  const unknown = [...url.searchParams.keys()].find((name) => !OPTIONS.has(name));
  if (unknown !== undefined) return `does not know ${JSON.stringify(unknown)}; endpoint and region may be given`;
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !["http:", "https:"].includes(URL.parse(endpoint)?.protocol ?? "")) {
    return "its endpoint must begin with http:// or https://";
  }
  return { kind: "s3", bucket: url.hostname, prefix, endpoint, region: url.searchParams.get("region") ?? "us-east-1" };
}

function fileOf(url: URL): BlobsPlace | string {
  if (url.hostname !== "" || url.pathname === "/") return "must name a folder of this machine: file:///srv/blobs";
  return { kind: "disk", dir: decodeURIComponent(url.pathname) };
}
