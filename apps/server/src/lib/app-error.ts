/** The one error class that services throw for a refusal; the HTTP kit and the gateway turn it into an ErrorBody. */
import type { ErrorCode } from "@rostrum/contract/errors";

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  /** `message` is one or two sentences for the person who asked: what was wrong, what would be right. */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; details?: Record<string, unknown> }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options?.details;
  }
}
