/** The closed list of error codes. HTTP bodies, realtime replies and WHIP all carry `{ error: { code, message, details? } }`. */
import { z } from "zod";

/** Each code names one situation a caller can branch on. Codes are never renamed: add a new one instead. */
export const ErrorCode = z.enum([
  "invalid_input", // 400: body, query or parameter does not match its schema; `details.issues` says where
  "unauthenticated", // 401: no valid session or token
  "invalid_credentials", // 401: wrong email or password
  "session_expired", // 401: the refresh token is unknown, expired or was used twice
  "invalid_token", // 401: a set-up, invite or playback token is wrong or expired
  "forbidden", // 403: the caller is known but may not do this
  "bad_origin", // 403: a state-changing request from another site
  "registration_closed", // 403
  "age_restricted", // 403: the show asks for a word about the viewer's age first; `details.minimumAge`
  "not_found", // 404
  "already_set_up", // 409
  "email_taken", // 409
  "handle_taken", // 409
  "conflict", // 409: the row changed or the state does not allow it
  "invalid_transition", // 409: the broadcast cannot go from its state to the wanted one; message says why
  "too_large", // 413
  "unsupported_media", // 415: an upload whose content is not what it must be
  "rate_limited", // 429: `details.retryAfterSec`
  "internal", // 500
  "unavailable", // 503: starting, stopping, or a needed part is down
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** The one shape of every error body. `message` is a sentence for people; programs branch on `code`. */
export const ErrorBody = z.object({
  error: z.object({
    code: ErrorCode,
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;
