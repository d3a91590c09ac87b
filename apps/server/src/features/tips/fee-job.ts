/** What the provider keeps of a tip is known a moment after it was paid: asked for by a job, counted once. */
import { lockTip } from "./queries.ts";
import { post } from "./ledger.ts";
import type { TipParts } from "./parts.ts";

export const FEE_QUEUE = "tips.fee";
export type FeeJob = Readonly<{ tipId: string }>;

const OPTIONS = { concurrency: 2, limitSec: 60 };

/** Does the jobs that come, in this process. */
export async function registerTipJobs(parts: TipParts): Promise<void> {
  await parts.ctx.jobs.work<FeeJob>(FEE_QUEUE, OPTIONS, async ({ tipId }, { last }) => {
    if (await countFee(parts, tipId)) return;
    if (!last) throw new Error("the fee of a tip is not known yet");
    parts.ctx.log.warn({ tipId }, "the provider did not tell the fee of a tip; it is not in the ledger");
  });
}

/** False: the provider does not know it yet. @throws {AppError} unavailable */
export async function countFee({ ctx, payments }: TipParts, tipId: string): Promise<boolean> {
  const { db } = ctx.store;
  const query = db.selectFrom("tip").select(["payment_id", "provider"]).where("id", "=", tipId);
  const known = await query.executeTakeFirst();
  if (known?.payment_id == null || known.provider !== payments.provider) return true;
  const { payment_id: reference } = known;
  // The provider is asked outside the transaction: the embedded database has one connection.
  const fee = await payments.feeOf(reference);
  if (fee === null) return false;
  await db.transaction().execute(async (tx) => {
    const tip = await lockTip(tx, tipId);
    if (tip === undefined || fee.feeMinor <= 0) return;
    if (fee.currency !== tip.currency) {
      ctx.log.warn({ tipId, currency: fee.currency }, "a fee was taken in another currency; it is not in the ledger");
      return;
    }
    await post(tx, { kind: "fee", reference, tip, amountMinor: fee.feeMinor });
  });
  return true;
}
