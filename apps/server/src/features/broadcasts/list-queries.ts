/** Lists of broadcasts: public discovery and the crew's own, with their filters, orders and cursors. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { ListBroadcastsQuery } from "@rostrum/contract/broadcasts";
import { type Kysely, sql } from "kysely";
import type { z } from "zod";
import type { Schema } from "../../store/schema.ts";
import { selectShown, type ShownRow } from "./queries.ts";

export type Filters = Omit<z.output<typeof ListBroadcastsQuery>, "cursor" | "limit" | "mine">;

/** `key` is the sort key of the former page's last row, as `sortKeyOf` gives it. */
export type ListPage = Readonly<{ after: readonly (string | number)[] | null; limit: number }>;

/** How a list is ordered. `live` lists are ordered by viewers, outside the database. */
export type Order = "newest" | "soonest" | "last_ended";

type Query = ReturnType<typeof selectShown>;

export function orderOf(filters: Filters): Order {
  if (filters.view === "upcoming") return "soonest";
  return filters.view === "recent" ? "last_ended" : "newest";
}

/** What a cursor remembers of a row: the time in ms where the order has one, then the id. */
export function sortKeyOf(order: Order, row: ShownRow): readonly (string | number)[] {
  if (order === "soonest") return [row.start_at?.getTime() ?? 0, row.id];
  if (order === "last_ended") return [row.ended_at?.getTime() ?? 0, row.id];
  return [row.id];
}

/** Public broadcasts that everybody may find. */
export async function listDiscovery(db: Kysely<Schema>, filters: Filters, page: ListPage): Promise<ShownRow[]> {
  const visible = selectShown(db)
    .where("broadcast.visibility", "=", "public")
    // Before the show only a date makes a broadcast public; after it only a show that was on the air.
    .where((eb) =>
      eb.or([
        eb("broadcast.state", "in", ["scheduled", "live", "interrupted"]),
        eb.and([eb("broadcast.state", "=", "preview"), eb("broadcast.start_at", "is not", null)]),
        eb.and([eb("broadcast.state", "in", ["ended", "archived"]), eb("broadcast.live_at", "is not", null)]),
      ]),
    )
    .$if(filters.state !== undefined, (query) =>
      query.where(sql<boolean>`broadcast.state = any(${seenAs(filters.state)})`),
    );
  return finish(visible, filters, page);
}

/** All broadcasts of the channels on which the account has a role. */
export async function listMine(
  db: Kysely<Schema>,
  accountId: string,
  filters: Filters,
  page: ListPage,
): Promise<ShownRow[]> {
  const own = selectShown(db)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("channel_member")
          .select("channel_member.role")
          .whereRef("channel_member.channel_id", "=", "broadcast.channel_id")
          .where("channel_member.account_id", "=", accountId),
      ),
    )
    .$if(filters.state !== undefined, (query) => query.where("broadcast.state", "=", filters.state ?? "draft"));
  return finish(own, filters, page);
}

/** Stored states that a stranger sees as `state`: a scheduled broadcast in preview is still only scheduled to them. */
function seenAs(state: BroadcastState | undefined): BroadcastState[] {
  if (state === "scheduled") return ["scheduled", "preview"];
  return state === undefined || state === "preview" || state === "draft" ? [] : [state];
}

function finish(query: Query, filters: Filters, { after, limit }: ListPage): Promise<ShownRow[]> {
  const order = orderOf(filters);
  const filtered = withView(withText(withFilters(query, filters), filters.q), filters.view);
  return ordered(filtered, order, after).limit(limit).execute();
}

function withFilters(query: Query, { channelId, handle, category, language }: Filters): Query {
  return query
    .$if(channelId !== undefined, (q) => q.where("broadcast.channel_id", "=", channelId ?? ""))
    .$if(handle !== undefined, (q) => q.where("channel.handle", "=", (handle ?? "").replace(/^@/, "").toLowerCase()))
    .$if(category !== undefined, (q) => q.where("broadcast.category", "=", category ?? "other"))
    .$if(language !== undefined, (q) => q.where("broadcast.language", "=", language ?? ""));
}

/** Words are searched as they are: the signs that `ilike` gives a meaning have none here. */
function withText(query: Query, text: string | undefined): Query {
  if (text === undefined || text === "") return query;
  const pattern = `%${text.replace(/^[@#]/, "").replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  return query.where((eb) =>
    eb.or([
      eb("broadcast.title", "ilike", pattern),
      eb("channel.title", "ilike", pattern),
      eb("channel.handle", "ilike", pattern),
      sql<boolean>`exists (select from jsonb_array_elements_text(broadcast.tags) as tag where tag ilike ${pattern})`,
    ]),
  );
}

function withView(query: Query, view: Filters["view"]): Query {
  if (view === "live") return query.where("broadcast.state", "in", ["live", "interrupted"]);
  if (view === "recent") return query.where("broadcast.state", "in", ["ended", "archived"]);
  if (view === "upcoming") {
    return query.where("broadcast.state", "in", ["scheduled", "preview"]).where("broadcast.start_at", "is not", null);
  }
  return query;
}

function ordered(query: Query, order: Order, after: ListPage["after"]): Query {
  if (order === "newest") {
    const [id] = after ?? [];
    return query.$if(id !== undefined, (q) => q.where("broadcast.id", "<", String(id))).orderBy("broadcast.id", "desc");
  }
  const [atMs, id] = after ?? [];
  const at = new Date(Number(atMs));
  if (order === "soonest") {
    return query
      .$if(after !== null, (q) => q.where(sql<boolean>`(broadcast.start_at, broadcast.id) > (${at}, ${id})`))
      .orderBy("broadcast.start_at")
      .orderBy("broadcast.id");
  }
  return query
    .$if(after !== null, (q) => q.where(sql<boolean>`(broadcast.ended_at, broadcast.id) < (${at}, ${id})`))
    .orderBy("broadcast.ended_at", (direction) => direction.desc().nullsLast())
    .orderBy("broadcast.id", "desc");
}
