/** Registering for a show: what is asked, what a person answers, what the crew sees of it. */
import { z } from "zod";
import { Email, Id, Instant, PageQuery, Text, pageOf } from "./common.ts";

export const REGISTRATION_LIMITS = {
  fields: 12,
  options: 20,
  labelChars: 120,
  optionChars: 80,
  nameChars: 80,
  textChars: 200,
  longTextChars: 2000,
  consentChars: 2000,
  /** Seats of one show, also when nobody set a limit. */
  seats: 100_000,
} as const;

/** `off`: there is none · `optional`: for reminders and the report · `required`: only the registered and the crew get media, chat and topics. */
export const RegistrationMode = z.enum(["off", "optional", "required"]);
export type RegistrationMode = z.infer<typeof RegistrationMode>;

export const RegistrationFieldKind = z.enum(["text", "long_text", "select", "checkbox"]);
export type RegistrationFieldKind = z.infer<typeof RegistrationFieldKind>;

const FieldId = z.string().regex(/^[a-z0-9_]{1,24}$/, "1 to 24 lower-case letters, digits or underscores");
const Label = Text.trim().min(1).max(REGISTRATION_LIMITS.labelChars);

/** One question of the form. `id` is the maker's and stays while the label changes; `options` only of a `select`. A required checkbox must be ticked. */
export const RegistrationField = z
  .object({
    id: FieldId,
    kind: RegistrationFieldKind,
    label: Label,
    required: z.boolean(),
    options: z
      .array(Text.trim().min(1).max(REGISTRATION_LIMITS.optionChars))
      .max(REGISTRATION_LIMITS.options)
      .default([]),
  })
  .refine(({ kind, options }) => kind !== "select" || options.length >= 2, {
    message: "a choice needs at least two options",
    path: ["options"],
  })
  .refine(({ kind, options }) => kind === "select" || options.length === 0, {
    message: "only a choice has options",
    path: ["options"],
  })
  .refine(({ options }) => new Set(options).size === options.length, {
    message: "two options are the same",
    path: ["options"],
  });
export type RegistrationField = z.infer<typeof RegistrationField>;

/** `capacity` null: no limit but the program's own. `consent` empty: nothing has to be agreed to. */
export const RegistrationSettings = z.object({
  mode: RegistrationMode,
  fields: z.array(RegistrationField).max(REGISTRATION_LIMITS.fields),
  capacity: z.number().int().min(1).max(REGISTRATION_LIMITS.seats).nullable(),
  consent: Text.trim().max(REGISTRATION_LIMITS.consentChars),
});
export type RegistrationSettings = z.infer<typeof RegistrationSettings>;

export const UpdateRegistrationBody = RegistrationSettings.partial().refine(
  ({ fields = [] }) => new Set(fields.map((field) => field.id)).size === fields.length,
  { message: "two fields have the same id", path: ["fields"] },
);

/** What the crew sees: the settings, and how many have registered. */
export const OwnRegistrationSettings = RegistrationSettings.extend({ registered: z.number().int() });
export type OwnRegistrationSettings = z.infer<typeof OwnRegistrationSettings>;

/** Why one cannot register now; null: one can. */
export const RegistrationClosed = z.enum(["off", "full", "over"]);
export type RegistrationClosed = z.infer<typeof RegistrationClosed>;

/** What everybody sees who knows of the show. `you`: the caller's own registration, for whom has opened its link in this browser. */
export const RegistrationInfo = z.object({
  mode: RegistrationMode,
  fields: z.array(RegistrationField),
  consent: z.string(),
  closed: RegistrationClosed.nullable(),
  you: z.object({ name: z.string(), email: z.string(), registeredAt: Instant }).nullable(),
});
export type RegistrationInfo = z.infer<typeof RegistrationInfo>;

/** Answers by the fields' ids: text, an option, or whether it is ticked. */
export const RegistrationAnswers = z.record(
  FieldId,
  z.union([Text.max(REGISTRATION_LIMITS.longTextChars), z.boolean()]),
);
export type RegistrationAnswers = z.infer<typeof RegistrationAnswers>;

/** `timeZone` is the IANA zone in which mails tell the time; UTC without it. */
export const RegisterForShowBody = z.object({
  name: Text.trim().min(1).max(REGISTRATION_LIMITS.nameChars),
  email: Email,
  answers: RegistrationAnswers.default({}).refine(
    (answers) => Object.keys(answers).length <= REGISTRATION_LIMITS.fields,
    "more answers than there can be questions",
  ),
  consent: z.boolean().default(false),
  timeZone: z.string().max(60).optional(),
});

/** Always the same: whoever asks learns nothing about who has registered. The link is in the mail. */
export const RegisteredAnswer = z.object({ state: z.literal("mail_sent") });

/** For whom has registered and lost the mail. */
export const ResendLinkBody = z.object({ email: Email });

/** The token of a link, as it stands behind `t=`. */
export const EnterShowBody = z.object({ token: z.string().max(200) });

/** One person as the crew sees them. Times of the player; `minutesWatched` is 0 for whom has not come (yet). */
export const Registration = z.object({
  id: Id,
  name: z.string(),
  email: z.string(),
  answers: z.array(z.object({ label: z.string(), value: z.string() })),
  registeredAt: Instant,
  /** When the link was opened first. */
  openedAt: Instant.nullable(),
  joinedAt: Instant.nullable(),
  leftAt: Instant.nullable(),
  minutesWatched: z.number(),
});
export type Registration = z.infer<typeof Registration>;

/** `q` is looked for in names and addresses. */
export const ListRegistrationsQuery = PageQuery.extend({ q: Text.trim().max(100).optional() });
export const RegistrationPage = pageOf(Registration);

/** `details` of the error `forbidden` where one must register first, for the show of that id. */
export type RegistrationRefusal = Readonly<{ reason: "registration_required"; broadcastId: string }>;
