/** What an S3 store refuses, as sentences for the operator. */

type Place = Readonly<{ bucket: string; endpoint: string | undefined }>;

/** The store's own word, such as `NoSuchKey`, or Node's, such as `ECONNREFUSED`. */
export function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  const { code, Code } = cause as { code?: unknown; Code?: unknown };
  if (typeof code === "string") return code;
  return typeof Code === "string" ? Code : cause.name;
}

/** The store said so, or the way to it broke. */
export function isFromStore(cause: unknown): boolean {
  return cause instanceof Error && ("$metadata" in cause || "syscall" in cause || cause.name === "TimeoutError");
}

/** The store understood who asks and will not do what is asked, or does not know it. Trying the same again does not help. */
export function isRefused(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("$metadata" in cause)) return false;
  const { httpStatusCode: status = 0 } = cause.$metadata as { httpStatusCode?: number };
  return status === 501 || (status >= 400 && status < 500 && status !== 429);
}

export function isMissing(cause: unknown): boolean {
  return codeOf(cause) === "NoSuchKey" || codeOf(cause) === "NotFound";
}

/** One sentence; it names no keys. */
export function describeS3Error(cause: unknown, { bucket, endpoint }: Place): string {
  const where = endpoint === undefined ? "Amazon S3" : new URL(endpoint).host;
  const code = codeOf(cause);
  switch (code) {
    case "NoSuchBucket":
      return `there is no bucket "${bucket}" at ${where}; create it, or name another.`;
    case "AccessDenied":
    case "Forbidden":
      return `${where} refuses access to the bucket "${bucket}"; the key needs the rights to list, read, write and delete there.`;
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
      return `${where} does not know the access key, or the secret does not fit (${code}); check BLOBS_ACCESS_KEY_ID and BLOBS_SECRET_ACCESS_KEY.`;
    case "CredentialsProviderError":
      return "there is no access key; set BLOBS_ACCESS_KEY_ID and BLOBS_SECRET_ACCESS_KEY.";
    case "PermanentRedirect":
    case "AuthorizationHeaderMalformed":
      return `the bucket "${bucket}" is in another region (${code}); add ?region=… to BLOBS_URL.`;
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "TimeoutError":
    case "AbortError":
      return `${where} cannot be reached (${code}).`;
    default:
      return `${where} answers: ${cause instanceof Error ? cause.message : String(cause)} (${code || "no code"}).`;
  }
}
