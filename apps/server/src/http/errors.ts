/** From an error to the one shape of error answers; the table of status codes. Unknown errors are logged here, once. */
import { ErrorBody, type ErrorCode } from "@rostrum/contract/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { AppError } from "../lib/app-error.ts";
import type { App } from "./kit.ts";

/** HTTP status of every error code. */
export const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  session_expired: 401,
  invalid_token: 401,
  forbidden: 403,
  bad_origin: 403,
  registration_closed: 403,
  age_restricted: 403,
  not_found: 404,
  already_set_up: 409,
  email_taken: 409,
  handle_taken: 409,
  conflict: 409,
  invalid_transition: 409,
  too_large: 413,
  unsupported_media: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

/** What Fastify refuses by itself, by status; anything else below 500 is `invalid_input`. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  413: "too_large",
  415: "unsupported_media",
  429: "rate_limited",
  503: "unavailable",
};

type ErrorAnswer = {
  readonly description: string;
  readonly content: { "application/json": { schema: typeof ErrorBody } };
};

/** Response schemas for the refusals of one route, to be spread into its `schema.response`. */
export function errorAnswers(...codes: readonly ErrorCode[]): Record<number, ErrorAnswer> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(STATUS[code], [...(byStatus.get(STATUS[code]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.map((name) => `\`${name}\``).join(" or "),
        content: { "application/json": { schema: ErrorBody } },
      },
    ]),
  );
}

/** The refusal that `error` stands for; null when it is a bug or an outage. */
export function refusalOf(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((issue) => ({
      path: issue.instancePath.slice(1).replaceAll("/", "."),
      message: issue.message ?? "not valid",
    }));
    const first = issues[0];
    const where = first === undefined || first.path === "" ? (error.validationContext ?? "request") : first.path;
    return new AppError("invalid_input", `${where}: ${first?.message ?? "not valid"}`, { details: { issues } });
  }
  const status = statusOf(error);
  if (status === undefined || status >= 500) return null;
  const message = error instanceof Error ? error.message : "The request is not valid.";
  return new AppError(CODE_OF_STATUS[status] ?? "invalid_input", message, { cause: error });
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" && error.statusCode >= 400 ? error.statusCode : undefined;
}

/** Sends `error` as an ErrorBody with its status and, for `details.retryAfterSec`, a Retry-After header. */
export function sendError(reply: FastifyReply, error: AppError): FastifyReply {
  const retryAfterSec = error.details?.["retryAfterSec"];
  if (typeof retryAfterSec === "number") void reply.header("retry-after", String(retryAfterSec));
  const body: ErrorBody = {
    error: { code: error.code, message: error.message, ...(error.details && { details: error.details }) },
  };
  return reply.code(STATUS[error.code]).type("application/json").send(body);
}

/** Binds the error and not-found handlers. `pages` answers what no route claims outside `/api`. */
export function registerErrors(app: App, pages: PagesHandler | undefined): void {
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal !== null) return sendError(reply, refusal);
    request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, "request failed");
    return sendError(reply, new AppError("internal", "Something went wrong on the server. It has been logged."));
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (pages !== undefined && !isApiPath(request.url)) return pages(request, reply);
    return sendError(reply, new AppError("not_found", `There is nothing at ${request.method} ${pathOf(request.url)}.`));
  });
}

/** Answers a request for a page; may hijack the reply. */
export type PagesHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** True for the API and its documents. */
export function isApiPath(url: string): boolean {
  const path = pathOf(url);
  return path === "/api" || path.startsWith("/api/");
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? url;
}
