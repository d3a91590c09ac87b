/** Pages of broadcasts: public discovery and the crew's own list. */
import type { Broadcast, ListBroadcastsQuery, OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { z } from "zod";
import type { AccountViewer } from "../../http/auth.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { type Filters, listDiscovery, listMine, orderOf, sortKeyOf } from "./list-queries.ts";
import type { Parts } from "./parts.ts";
import { ownBroadcast, publicBroadcast, publicState } from "./present.ts";
import { findRoles, type ShownRow } from "./queries.ts";

/** More shows than this are never on the air at once in one list; the rest is found by searching. */
const MAX_LIVE = 1000;

type Page<T> = { items: T[]; nextCursor: string | null };
type Query = z.output<typeof ListBroadcastsQuery>;

/** @throws {AppError} invalid_input for a cursor of another list */
export async function discover(parts: Parts, { cursor, limit, ...filters }: Query): Promise<Page<Broadcast>> {
  const present = (row: ShownRow): Broadcast =>
    publicBroadcast(row, publicState(row) ?? row.state, parts.viewers.count(row.id));
  if (filters.view === "live") return discoverLive(parts, filters, cursor, limit, present);
  const rows = await listDiscovery(parts.ctx.store.db, filters, { after: afterOf(filters, cursor), limit: limit + 1 });
  return pageOfRows(rows, limit, (row) => sortKeyOf(orderOf(filters), row), present);
}

/** The broadcasts of the channels on which the account has a role. @throws {AppError} invalid_input */
export async function listOwn(
  parts: Parts,
  viewer: AccountViewer,
  { cursor, limit, ...filters }: Query,
): Promise<Page<OwnBroadcast>> {
  const { db } = parts.ctx.store;
  const page = { after: afterOf(filters, cursor), limit: limit + 1 };
  const rows = await listMine(db, viewer.accountId, filters, page);
  const roles = await findRoles(db, viewer.accountId, [...new Set(rows.map((row) => row.channel_id))]);
  return pageOfRows(
    rows,
    limit,
    (row) => sortKeyOf(orderOf(filters), row),
    (row) => ownBroadcast(row, roles.get(row.channel_id) ?? "viewer", parts.viewers.count(row.id)),
  );
}

/** Most viewers first. Counts are not in the database, so the list is ordered here; they change while somebody pages. */
async function discoverLive(
  { ctx, viewers }: Parts,
  filters: Filters,
  cursor: string | undefined,
  limit: number,
  present: (row: ShownRow) => Broadcast,
): Promise<Page<Broadcast>> {
  const rows = await listDiscovery(ctx.store.db, filters, { after: null, limit: MAX_LIVE });
  const keyed = rows.map((row) => ({ row, count: viewers.count(row.id), id: row.id }));
  const sorted = keyed.toSorted((a, b) => b.count - a.count || (a.id < b.id ? 1 : -1));
  const [count, id] = cursor === undefined ? [] : decodeCursor(cursor, "ns");
  const rest = sorted.filter(
    (one) => count === undefined || one.count < Number(count) || (one.count === count && one.id < String(id)),
  );
  return pageOfRows(
    rest,
    limit,
    (one) => [one.count, one.id],
    (one) => present(one.row),
  );
}

function afterOf(filters: Filters, cursor: string | undefined): readonly (string | number)[] | null {
  return cursor === undefined ? null : decodeCursor(cursor, orderOf(filters) === "newest" ? "s" : "ns");
}
