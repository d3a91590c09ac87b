import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import { onEachStore } from "../../store/store.suite.ts";
import { balancesOfTip, entriesOf, post, type TransactionKind } from "./ledger.ts";
import { insertTip } from "./queries.ts";

test.each<[TransactionKind, Record<string, number>]>([
  ["tip", { clearing: -500, channel: 500 }],
  ["fee", { clearing: 500, fees: -500 }],
  ["refund", { clearing: 500, refunds: -500 }],
  ["dispute", { clearing: 500, disputes: -500 }],
  ["dispute_returned", { clearing: -500, disputes: 500 }],
])("the entries of a %s sum to zero", (kind, wanted) => {
  const entries = entriesOf({ kind, amountMinor: 500 });
  expect(Object.fromEntries(Object.entries(entries).filter(([, amount]) => amount !== 0))).toEqual(wanted);
  expect(Object.values(entries).reduce((sum, amount) => sum + amount, 0)).toBe(0);
});

test.each([0, -1, 0.5, Number.NaN, Infinity, 2 ** 53])("%d is no amount", (amountMinor) => {
  expect(() => entriesOf({ kind: "tip", amountMinor })).toThrow(RangeError);
});

describe("in the store", () =>
  onEachStore((store) => {
    const tipRow = async () => {
      const id = newId();
      await insertTip(store().db, {
        ...{ id, channel_id: newId(), broadcast_id: null, account_id: null, send_id: null, provider: "stripe" },
        ...{ session_id: null, checkout_url: null, payment_id: null, state: "pending", amount_minor: 500 },
        ...{ currency: "EUR", name: "Somebody", anonymous: false, message: null, message_state: "none" },
        ...{ held_reason: null, media_time_ms: null, paid_at: null },
      });
      return { id, channel_id: newId(), provider: "stripe", currency: "EUR" } as const;
    };
    const posted = async (reference = newId()) => {
      const tip = await tipRow();
      await store()
        .db.transaction()
        .execute((tx) => post(tx, { kind: "tip", reference, tip, amountMinor: 500 }));
      const query = store().db.selectFrom("ledger_transaction").select("id").where("tip_id", "=", tip.id);
      return { tip, id: (await query.executeTakeFirstOrThrow()).id };
    };
    const entry = (id: string, account: string, amount: number) =>
      sql`insert into ledger_entry (transaction_id, account, amount_minor) values (${id}, ${account}, ${amount})`;

    test("what was posted counts once", async () => {
      const { tip } = await posted("cs_once");
      const again = { kind: "tip", reference: "cs_once", tip, amountMinor: 500 } as const;
      expect(await post(store().db, again)).toBe(false);
      expect(await balancesOfTip(store().db, tip.id)).toEqual({
        ...{ clearing: -500, channel: 500, fees: 0, refunds: 0, disputes: 0 },
      });
    });

    test("one entry more unbalances a transaction and is refused", async () => {
      const { id } = await posted();
      await expect(entry(id, "fees", 5).execute(store().db)).rejects.toThrow("does not balance");
    });

    test("entries that do not sum to zero are refused when their transaction ends", async () => {
      const tip = await tipRow();
      const unbalanced = store()
        .db.transaction()
        .execute(async (tx) => {
          const id = newId();
          const { channel_id, provider, currency } = tip;
          const values = { id, kind: "tip", reference: id, tip_id: tip.id, channel_id, provider, currency } as const;
          await tx.insertInto("ledger_transaction").values(values).execute();
          await entry(id, "clearing", -500).execute(tx);
          await entry(id, "channel", 499).execute(tx);
        });
      await expect(unbalanced).rejects.toThrow("does not balance");
      expect(await balancesOfTip(store().db, tip.id)).toMatchObject({ clearing: 0, channel: 0 });
    });

    test("a transaction without entries is refused", async () => {
      const tip = await tipRow();
      const { channel_id, provider, currency } = tip;
      const values = {
        id: newId(),
        kind: "fee",
        reference: "x",
        tip_id: tip.id,
        channel_id,
        provider,
        currency,
      } as const;
      await expect(store().db.insertInto("ledger_transaction").values(values).execute()).rejects.toThrow("no entries");
    });

    test.each([
      [
        "an entry is changed",
        (id: string) => sql`update ledger_entry set amount_minor = 1 where transaction_id = ${id}`,
      ],
      ["entries are deleted", (id: string) => sql`delete from ledger_entry where transaction_id = ${id}`],
      ["a transaction is changed", (id: string) => sql`update ledger_transaction set tip_id = tip_id where id = ${id}`],
      ["a transaction is deleted", (id: string) => sql`delete from ledger_transaction where id = ${id}`],
    ])("it is refused that %s", async (_, statement) => {
      const { id } = await posted();
      await expect(statement(id).execute(store().db)).rejects.toThrow("append-only");
    });

    test("a tip that was counted cannot be deleted, an entry of nothing cannot be made", async () => {
      const { tip, id } = await posted();
      await expect(store().db.deleteFrom("tip").where("id", "=", tip.id).execute()).rejects.toThrow(
        "ledger_transaction",
      );
      await expect(entry(id, "fees", 0).execute(store().db)).rejects.toThrow("ledger_entry");
      await expect(entry(id, "pocket", 5).execute(store().db)).rejects.toThrow("ledger_entry");
    });
  }));
