/** Raised hands: actions `hand.raise` and `hand.lower`, and the crew's list in the order in which they were raised. */
import { ENGAGEMENT_LIMITS, type Hand, HandBody, type OwnHand } from "@rostrum/contract/engagement";
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { type Action, action, type Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import { sightOf } from "../broadcasts/service.ts";
import { requireManager, requireNotOver, requireParticipant, requireVoice } from "./access.ts";
import { tellPerson, tellStaff } from "./events.ts";
import type { Limits } from "./limits.ts";

type Db = Kysely<Schema>;
type HandRow = Readonly<{
  id: string;
  broadcast_id: string;
  account_id: string;
  raised_at: Date;
  handle: string;
  display_name: string;
}>;

export function handActions(ctx: Context, limits: Limits): Record<string, Action> {
  return {
    "hand.raise": action(HandBody, async (caller, { broadcastId }) => {
      limits.act(caller);
      return raise(ctx, caller, broadcastId);
    }),
    "hand.lower": action(HandBody, async (caller, { broadcastId }) => {
      limits.act(caller);
      const viewer = requireVoice(caller);
      await sightOf(ctx, viewer, broadcastId);
      await lower(ctx, broadcastId, await deleteHands(ctx.store.db, broadcastId, { accountId: viewer.accountId }));
      return null;
    }),
  };
}

/** @throws {AppError} not_found, forbidden */
export async function handsFor(ctx: Context, viewer: AccountViewer, broadcastId: string): Promise<OwnHand[]> {
  await requireManager(ctx, viewer, broadcastId);
  return listHands(ctx.store.db, broadcastId);
}

/** All of them, or one. @throws {AppError} not_found, forbidden */
export async function lowerHands(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  handId?: string,
): Promise<void> {
  await requireManager(ctx, viewer, broadcastId);
  const lowered = await deleteHands(ctx.store.db, broadcastId, handId === undefined ? {} : { handId });
  await lower(ctx, broadcastId, lowered);
  for (const { account_id } of lowered) await tellPerson(ctx, account_id, { type: "hand.lowered", broadcastId });
}

/** In the order in which they were raised. */
export async function listHands(db: Db, broadcastId: string): Promise<OwnHand[]> {
  const rows = await selectHands(db).where("hand.broadcast_id", "=", broadcastId).orderBy("hand.id").execute();
  return rows.map(ownHand);
}

/** The one that this account has raised. */
export async function findHand(db: Db, broadcastId: string, accountId: string): Promise<Hand | null> {
  const row = await findHandRow(db, broadcastId, accountId);
  return row === undefined ? null : handOf(row);
}

async function raise(ctx: Context, caller: Caller, broadcastId: string): Promise<Hand> {
  const { viewer, row } = await requireParticipant(ctx, caller, broadcastId, "hands");
  requireNotOver(row);
  const { db } = ctx.store;
  const { accountId } = viewer;
  const isNew = await db.transaction().execute(async (tx) => {
    if ((await findHandRow(tx, broadcastId, accountId)) !== undefined) return false;
    const { raised } = await tx
      .selectFrom("hand")
      .select((eb) => eb.fn.countAll().as("raised"))
      .where("broadcast_id", "=", broadcastId)
      .executeTakeFirstOrThrow();
    if (Number(raised) >= ENGAGEMENT_LIMITS.hands) {
      throw new AppError("conflict", "So many hands are up that no more are taken; try again later.");
    }
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto("hand")
      .values({ id: newId(), broadcast_id: broadcastId, account_id: accountId, raised_at: new Date() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  });
  const found = await findHandRow(db, broadcastId, accountId);
  if (found === undefined) throw new AppError("conflict", "Your hand was lowered a moment ago.");
  if (isNew) await tellStaff(ctx, broadcastId, { type: "hand.raised", hand: ownHand(found) });
  return handOf(found);
}

function selectHands(db: Db) {
  return db
    .selectFrom("hand")
    .innerJoin("account", "account.id", "hand.account_id")
    .selectAll("hand")
    .select(["account.handle", "account.display_name"]);
}

async function findHandRow(db: Db, broadcastId: string, accountId: string): Promise<HandRow | undefined> {
  return selectHands(db)
    .where("hand.broadcast_id", "=", broadcastId)
    .where("hand.account_id", "=", accountId)
    .executeTakeFirst();
}

type Lowered = Readonly<{ id: string; account_id: string }>;

async function deleteHands(
  db: Db,
  broadcastId: string,
  { accountId, handId }: Readonly<{ accountId?: string; handId?: string }>,
): Promise<Lowered[]> {
  let query = db.deleteFrom("hand").where("broadcast_id", "=", broadcastId);
  if (accountId !== undefined) query = query.where("account_id", "=", accountId);
  if (handId !== undefined) query = query.where("id", "=", handId);
  return query.returning(["id", "account_id"]).execute();
}

async function lower(ctx: Context, broadcastId: string, lowered: readonly Lowered[]): Promise<void> {
  if (lowered.length === 0) return;
  await tellStaff(ctx, broadcastId, { type: "hand.lowered", handIds: lowered.map(({ id }) => id) });
}

function handOf({ id, raised_at }: HandRow): Hand {
  return { id, raisedAt: raised_at.toISOString() };
}

function ownHand(row: HandRow): OwnHand {
  return { ...handOf(row), accountId: row.account_id, handle: row.handle, displayName: row.display_name };
}
