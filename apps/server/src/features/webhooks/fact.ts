/** What webhooks tell of, independent of who listens. */
import type { WebhookEventType } from "@rostrum/contract/webhooks";
import { sha256 } from "../../lib/ids.ts";

/** `key` is the same in every process that hears of the fact, and in every later look at the database. */
export type Fact = Readonly<{
  key: string;
  type: WebhookEventType;
  channelId: string;
  at: Date;
  data: Readonly<Record<string, unknown>>;
}>;

/** The header `webhook-id`: has no dot, because dots separate what is signed. */
export function eventIdOf(key: string): string {
  return `evt_${sha256(key).slice(0, 32)}`;
}

/** The body as it is signed and sent: `{ type, timestamp, data }`. */
export function bodyOf(type: string, at: Date, data: Readonly<Record<string, unknown>>): string {
  return harmlessJson({ type, timestamp: at.toISOString(), data });
}

/** What is markup, ends a line of a script, or turns the direction of text is written as an escape: the same JSON, harmless wherever it is shown. */
const HARMFUL = /[<>&'\u007f-\u009f\u061c\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(
    HARMFUL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
