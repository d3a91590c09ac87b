/** Why a request was refused or did not get through. */
import type { ErrorCode } from "@rostrum/contract/errors";

/** `offline`: no answer came. `unreadable`: an answer came that is not ours, for instance from a proxy. */
export type ApiErrorCode = ErrorCode | "offline" | "unreadable";

/** One field of the request that does not match its schema. `path` is dotted, empty for the whole. */
export type Issue = Readonly<{ path: string; message: string }>;

/** `message` is a sentence for people; branch on `code`. `status` is 0 when no answer came. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ApiErrorCode,
    message: string,
    options: { status: number; details?: Record<string, unknown> | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.details = options.details ?? {};
  }

  /** What is wrong with which field; empty unless `code` is `invalid_input`. */
  get issues(): readonly Issue[] {
    const { issues } = this.details;
    return Array.isArray(issues) ? issues.filter(isIssue) : [];
  }

  /** Seconds to wait before the next try, when the server named them. */
  get retryAfterSec(): number | null {
    const { retryAfterSec } = this.details;
    return typeof retryAfterSec === "number" ? retryAfterSec : null;
  }
}

function isIssue(value: unknown): value is Issue {
  return (
    typeof value === "object" &&
    value !== null &&
    "path" in value &&
    typeof value.path === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}

/** The error in a refused answer. The body is read to its end. */
export async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const text = await response.text().catch(() => "");
  const error = parseError(text);
  if (error === null) return new ApiError("unreadable", `The server answered with status ${status}.`, { status });
  return new ApiError(error.code, error.message, { status, details: error.details });
}

type Refusal = { code: ErrorCode; message: string; details?: Record<string, unknown> };

function parseError(text: string): Refusal | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("error" in body)) return null;
    const { error } = body;
    if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error)) return null;
    return typeof error.code === "string" && typeof error.message === "string" ? (error as Refusal) : null;
  } catch {
    return null;
  }
}
