/** The tables of registrations as Kysely sees them. */
import type { ColumnType, Generated } from "kysely";
import type { RegistrationField } from "@rostrum/contract/registration";

type Json<T> = ColumnType<T, string, string>;

/** What a show asks. None: nothing but name and address. */
export interface RegistrationFormTable {
  broadcast_id: string;
  fields: Json<RegistrationField[]>;
  former: Json<RegistrationField[]>; // no longer asked, but answered by somebody
  capacity: number | null;
  consent: string;
}

/** A person who has registered. A link counts while its version is `token_version`. */
export interface RegistrationTable {
  id: string;
  broadcast_id: string;
  email: string; // lower case, unique in the show
  name: string;
  answers: Json<Record<string, string | boolean>>; // by the fields' ids
  consent: string; // what was agreed to
  time_zone: string; // IANA
  token_version: Generated<number>;
  told_start_at: Date | null; // when the show begins, as the person knows it
  calendar_sequence: Generated<number>; // RFC 5545 §3.8.7.4
  created_at: Generated<Date>;
  opened_at: Date | null;
  mailed_at: Date | null; // when a link was asked for last
}

/** What a person watched with one player. */
export interface RegistrationVisitTable {
  registration_id: string;
  session_id: string;
  joined_at: Date;
  left_at: Date;
  watched_ms: number;
}

export type RegistrationMailKind = "confirmation" | "hour" | "minutes" | "changed" | "cancelled";

/** What a mail needs of a show that is gone. */
export type CancelledShow = Readonly<{
  email: string;
  name: string;
  timeZone: string;
  title: string;
  channelTitle: string;
  startAt: string | null;
  sequence: number;
}>;

/** One mail to one person. `revision` tells those of a kind apart; `about` only of a show that is gone, until it was told. */
export interface RegistrationMailTable {
  registration_id: string;
  broadcast_id: string;
  kind: RegistrationMailKind;
  revision: string;
  about: ColumnType<CancelledShow | null, string | null, string | null>;
  state: Generated<"waiting" | "sent" | "failed">;
  attempts: Generated<number>;
  due_at: Date;
  created_at: Generated<Date>;
}

export interface RegistrationSchema {
  registration_form: RegistrationFormTable;
  registration: RegistrationTable;
  registration_visit: RegistrationVisitTable;
  registration_mail: RegistrationMailTable;
}
