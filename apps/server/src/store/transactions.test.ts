/** What every feature may rely on from both backends: types, errors, transactions. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { newId } from "../lib/ids.ts";
import { errorCode, isUniqueViolation } from "./store-error.ts";
import { onEachStore } from "./store.suite.ts";
import type { Store } from "./open.ts";

const account = (handle: string, part: Record<string, unknown> = {}) => ({
  id: newId(),
  email: `${handle}@example.org`,
  handle,
  display_name: handle,
  password_hash: "-",
  owner: false,
  disabled_at: null,
  ...part,
});

const add = (store: Store, handle: string, part?: Record<string, unknown>) =>
  store.db.insertInto("account").values(account(handle, part)).execute();
const handles = async (store: Store): Promise<string[]> => {
  const rows = await store.db.selectFrom("account").select("handle").orderBy("handle").execute();
  return rows.map((row) => row.handle);
};
const failureOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
};

onEachStore((store) => {
  test("a row that exists already is a unique violation with the name of its constraint", async () => {
    await add(store(), "ada");
    const error = await failureOf(add(store(), "ada", { email: "other@example.org" }));
    expect([errorCode(error), isUniqueViolation(error, "account_handle_key")]).toEqual(["23505", true]);
    expect(isUniqueViolation(error, "account_email_key")).toBe(false);
  });

  test("a second owner, an upper-case handle and a stray token are refused by the tables", async () => {
    await add(store(), "ada", { owner: true });
    expect(isUniqueViolation(await failureOf(add(store(), "eve", { owner: true })), "account_one_owner")).toBe(true);
    expect(errorCode(await failureOf(add(store(), "Eve")))).toBe("23514");
    const stray = store().db.insertInto("invite").values({
      id: newId(),
      token_hash: "-",
      created_by: newId(),
      expires_at: new Date(),
      used_by: null,
      used_at: null,
    });
    expect(errorCode(await failureOf(stray.execute()))).toBe("23503");
  });

  test("a transaction that throws leaves nothing", async () => {
    const work = store()
      .db.transaction()
      .execute(async (tx) => {
        await tx.insertInto("account").values(account("ada")).execute();
        throw new Error("changed my mind");
      });
    await expect(work).rejects.toThrow("changed my mind");
    expect(await handles(store())).toEqual([]);
  });

  test("an error that was swallowed inside a transaction does not pass for a commit", async () => {
    await add(store(), "ada");
    const work = store()
      .db.transaction()
      .execute(async (tx) => {
        await tx.insertInto("account").values(account("eve")).execute();
        await failureOf(tx.insertInto("account").values(account("ada")).execute());
      });
    await expect(work).rejects.toThrow();
    expect(await handles(store())).toEqual(["ada"]);
  });

  test("after a failed statement and a failed transaction the store goes on", async () => {
    await failureOf(sql`select nonsense from nowhere`.execute(store().db));
    await failureOf(
      store()
        .db.transaction()
        .execute((tx) => sql`select 1/0`.execute(tx)),
    );
    await add(store(), "ada");
    expect(await handles(store())).toEqual(["ada"]);
  });

  test("transactions that read and write the same row at once do not lose a change", async () => {
    await add(store(), "ada");
    const raise = () =>
      store()
        .db.transaction()
        .execute(async (tx) => {
          const row = await tx.selectFrom("account").select("session_epoch").forUpdate().executeTakeFirstOrThrow();
          await tx
            .updateTable("account")
            .set({ session_epoch: row.session_epoch + 1 })
            .execute();
        });
    await Promise.all(Array.from({ length: 20 }, raise));
    const row = await store().db.selectFrom("account").select("session_epoch").executeTakeFirstOrThrow();
    expect(row.session_epoch).toBe(20);
  });

  test("a savepoint takes back a part", async () => {
    const tx = await store().db.startTransaction().execute();
    await tx.insertInto("account").values(account("ada")).execute();
    const inner = await tx.savepoint("part").execute();
    await inner.insertInto("account").values(account("eve")).execute();
    await inner.rollbackToSavepoint("part").execute();
    await tx.commit().execute();
    expect(await handles(store())).toEqual(["ada"]);
  });

  test("values come back as the schema says", async () => {
    const at = new Date("2026-11-20T21:45:00.123Z");
    await add(store(), "ada", { created_at: at });
    const row = await store().db.selectFrom("account").selectAll().executeTakeFirstOrThrow();
    expect([row.created_at, row.disabled_at, row.owner, row.session_epoch]).toEqual([at, null, false, 0]);
    const { n } = await store()
      .db.selectFrom("account")
      .select((eb) => eb.fn.countAll<string>().as("n"))
      .executeTakeFirstOrThrow();
    expect(n).toBe("1");
    const { rows } =
      await sql`select 9007199254740993::bigint as big, '{"a":[1]}'::jsonb as json, 1.5::float8 as f`.execute(
        store().db,
      );
    expect(rows).toEqual([{ big: "9007199254740993", json: { a: [1] }, f: 1.5 }]);
  });

  test("text of any language and emoji comes back unchanged", async () => {
    const name = "Ada 🎬 Ελλάδα 日本 \u200f עברית '; drop table account; --";
    await add(store(), "ada", { display_name: name });
    const row = await store().db.selectFrom("account").select("display_name").executeTakeFirstOrThrow();
    expect(row.display_name).toBe(name);
  });

  test("the number of written rows is told", async () => {
    await add(store(), "ada");
    await add(store(), "eve");
    const updated = await store().db.updateTable("account").set({ display_name: "x" }).executeTakeFirst();
    const deleted = await store().db.deleteFrom("account").where("handle", "=", "nobody").executeTakeFirst();
    expect([updated.numUpdatedRows, deleted.numDeletedRows]).toEqual([2n, 0n]);
  });

  test("the health check resolves", async () => {
    await store().health();
  });
});
