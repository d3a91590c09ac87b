/** The tables of moderation as Kysely sees them. */
import type {
  AppealState,
  BanKind,
  BanScope,
  FilterAction,
  FilterKind,
  ModerationAct,
  ModerationSettings,
} from "@rostrum/contract/moderation";
import type { ColumnType, Generated } from "kysely";

type Json<T> = ColumnType<T, string, string>;

/** `revision` rises with every change of the settings or of the channel's filters. */
export interface ModerationSettingsTable {
  channel_id: string;
  settings: Json<Partial<ModerationSettings>>;
  revision: Generated<number>;
  updated_at: Generated<Date>;
}

export interface WordFilterTable {
  id: string;
  channel_id: string;
  kind: FilterKind;
  text: string;
  action: FilterAction;
  created_by: string | null;
  created_at: Date;
}

/** A ban or a time-out. It counts while it is not lifted and `until` is null or to come. */
export interface ChatBanTable {
  id: string;
  channel_id: string | null; // where it was decided
  owner_id: string | null; // of the channels on which it counts, when the scope is `owner`
  scope: BanScope;
  kind: BanKind;
  account_id: string;
  reason: string;
  until: Date | null;
  created_by: string | null;
  created_at: Date;
  lifted_at: Date | null;
}

export interface AppealTable {
  id: string;
  ban_id: string; // unique
  text: string;
  state: Generated<AppealState>;
  answer: string | null;
  answered_by: string | null;
  answered_at: Date | null;
  created_at: Date;
}

/** The log of moderation; append-only. */
export interface ModerationActionTable {
  id: string;
  channel_id: string;
  broadcast_id: string | null;
  actor_id: string | null; // null: the server
  account_id: string | null; // whom it concerns
  act: ModerationAct;
  message_id: string | null;
  message_text: string | null;
  ban_id: string | null;
  text: string;
  details: Json<Record<string, unknown>>;
  undoes: string | null; // unique
  send_id: string | null; // unique for each actor
  at: Date;
}

/** `hash` is keyed and changes every 30 days. */
export interface NetworkSightingTable {
  account_id: string;
  hash: string;
  seen_at: Date;
}

export interface ModerationSchema {
  moderation_settings: ModerationSettingsTable;
  word_filter: WordFilterTable;
  chat_ban: ChatBanTable;
  appeal: AppealTable;
  moderation_action: ModerationActionTable;
  network_sighting: NetworkSightingTable;
}
