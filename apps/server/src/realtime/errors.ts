/** Refusals as they are told over a socket. */
import type { ErrorBody } from "@rostrum/contract/errors";
import { AppError } from "../lib/app-error.ts";
import type { Logger } from "../lib/log.ts";

/** What nobody foresaw is logged, and told without its details. */
export function errorBodyOf(error: unknown, log: Logger): ErrorBody {
  if (error instanceof AppError) {
    const { code, message, details } = error;
    return { error: { code, message, ...(details === undefined ? {} : { details }) } };
  }
  log.error({ err: error }, "a realtime message could not be answered");
  return { error: { code: "internal", message: "Something went wrong on the server. Try again." } };
}
