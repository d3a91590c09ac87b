/** The tables of how shows are watched, as Kysely sees them. */
import type { BrowserFamily, Delivery, DeviceClass, Referrer } from "@rostrum/contract/analytics";
import type { Generated } from "kysely";

/** One row per player session, from its beacons. No address; an account only when somebody was signed in. */
export interface ViewerSessionTable {
  broadcast_id: string;
  session_id: string;
  started_at: Generated<Date>;
  last_seen_at: Date;
  seq: number | null; // of the last beacon that counted
  account_id: string | null;
  join_ms: number | null;
  watched_ms: number;
  stalls: number;
  stalled_ms: number;
  latency_ms: number | null;
  dropped_frames: number;
  error: string | null;
  user_agent: string;
  delivery: Delivery | null;
  device: DeviceClass | null;
  browser: BrowserFamily | null;
  region: string | null; // IANA time zone
  referrer: Referrer | null;
  height_px: number | null;
}

/** The audience of a show in a stretch of time. Everything but `width_ms` is a sum that several processes add to. */
export interface AudienceBucketTable {
  broadcast_id: string;
  at: Date;
  width_ms: number;
  joins: number;
  present_ms: number; // all sessions together: divided by the width it is the average number of viewers
  watched_ms: number;
  stalled_ms: number;
  stalls: number;
  bitrate_sum: number;
  bitrate_count: number;
  latency_0: number; // beacons by latency, as LATENCY_EDGES_MS
  latency_1: number;
  latency_2: number;
  latency_3: number;
  latency_4: number;
  latency_5: number;
  latency_6: number;
  latency_7: number;
}

/** Sessions of a show by something; see Dimension in features/analytics/tally.ts. */
export interface AudienceTotalTable {
  broadcast_id: string;
  dimension: string;
  key: string;
  sessions: number;
  watched_ms: number;
}

export interface AudienceSchema {
  viewer_session: ViewerSessionTable;
  audience_bucket: AudienceBucketTable;
  audience_total: AudienceTotalTable;
}
