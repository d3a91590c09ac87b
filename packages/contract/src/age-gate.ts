/** Shows that are not for everybody's age: how old a viewer must be, and the word that a visitor gives for it. */
import { z } from "zod";
import { Instant } from "./common.ts";

/** In years. */
export const MinimumAge = z.literal([16, 18]);
export type MinimumAge = z.infer<typeof MinimumAge>;
export const DEFAULT_MINIMUM_AGE: MinimumAge = 18;

/** `POST /api/v1/age-consents`: who asks is at least so old. */
export const AgeConsentBody = z.object({ minimumAge: MinimumAge, confirmed: z.literal(true) });

/**
 * The word that was given, signed. Browsers have it as an HTTP-only cookie from then on; where none is kept, such as in a frame of
 * another site, it is sent as the header `AGE_TOKEN_HEADER`. One for 18 is good for 16, too.
 */
export const AgeConsent = z.object({ token: z.string(), minimumAge: MinimumAge, expiresAt: Instant });
export type AgeConsent = z.infer<typeof AgeConsent>;

/** In lower case. */
export const AGE_TOKEN_HEADER = "x-age-token";

/** `details` of the error `age_restricted`. */
export type AgeRefusal = Readonly<{ minimumAge: MinimumAge }>;

/** Why both cannot be wished for one show. */
export const AGE_OR_KIDS =
  "A show for children cannot be restricted by age: switch off either the age restriction or kid mode.";

/** Why a show for children takes no registrations: names and addresses of children are nobody's business. */
export const KIDS_OR_REGISTRATION =
  "People cannot register for a show for children: switch off either the registration or kid mode.";
