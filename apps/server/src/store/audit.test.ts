import { sql } from "kysely";
import { expect, test } from "vitest";
import { appendAudit, verifyAudit } from "./audit.ts";
import { onEachStore } from "./store.suite.ts";

onEachStore((store) => {
  const entry = (action: string) => ({ actorId: null, actorKind: "system", action }) as const;
  const append = (...actions: string[]) =>
    actions.reduce<Promise<unknown>>(async (before, action) => {
      await before;
      await appendAudit(store().db, entry(action));
    }, Promise.resolve());
  /** As somebody who owns the database can. */
  const tamper = async (statement: string): Promise<void> => {
    await sql`alter table audit disable trigger audit_append_only`.execute(store().db);
    await sql.raw(statement).execute(store().db);
    await sql`alter table audit enable trigger audit_append_only`.execute(store().db);
  };

  test("entries cannot be changed or deleted", async () => {
    await append("a.one");
    await expect(sql`update audit set action = 'x'`.execute(store().db)).rejects.toThrow("append-only");
    await expect(sql`delete from audit`.execute(store().db)).rejects.toThrow("append-only");
  });

  test.each([
    ["changed", "update audit set details = '{\"a\":2}' where seq = 2", "2", "it was changed after it was written"],
    ["moved in time", "update audit set at = at + interval '1 ms' where seq = 3", "3", "it was changed"],
    ["removed", "delete from audit where seq = 2", "3", "entry 2 is missing"],
    ["cut off at the beginning", "delete from audit where seq = 1", "2", "entry 1 is missing"],
    [
      "given another predecessor",
      `update audit set prev_hash = repeat('1', 64) where seq = 2`,
      "2",
      "does not continue",
    ],
  ])("an entry that was %s is found", async (_, statement, seq, reason) => {
    await append("a.one", "a.two", "a.three");
    await tamper(statement);
    const verdict = await verifyAudit(store().db);
    expect(verdict).toMatchObject({ ok: false, seq });
    expect(verdict.ok ? "" : verdict.reason).toContain(reason);
  });

  test("an empty log is whole", async () => {
    expect(await verifyAudit(store().db)).toEqual({ ok: true, rows: 0, head: null });
  });

  test("entries written at once are numbered without gaps and chained", async () => {
    await Promise.all(Array.from({ length: 30 }, (_, n) => appendAudit(store().db, entry(`a.${n}`))));
    expect(await verifyAudit(store().db)).toMatchObject({ ok: true, rows: 30, head: { seq: "30" } });
  });

  test("an entry shares the fate of its transaction", async () => {
    await append("a.one");
    const work = store()
      .db.transaction()
      .execute(async (tx) => {
        await appendAudit(tx, entry("a.never"));
        throw new Error("no");
      });
    await expect(work).rejects.toThrow("no");
    await append("a.two");
    expect(await verifyAudit(store().db)).toMatchObject({ ok: true, rows: 2 });
  });

  test("details of any kind verify when they are read back", async () => {
    await appendAudit(store().db, {
      ...entry("a.odd"),
      target: "nul \0 and half \ud800",
      details: { b: 1, a: [1.5, null, { z: "\0", y: "é\udfff" }], "k\0": undefined, at: new Date(0), big: 1e21 },
    });
    expect(await verifyAudit(store().db)).toMatchObject({ ok: true, rows: 1 });
  });

  test("a log of more than one page is read to its end", async () => {
    await store()
      .db.transaction()
      .execute(async (tx) => {
        for (let n = 0; n < 1001; n += 1) await appendAudit(tx, entry("a.many"));
      });
    expect(await verifyAudit(store().db)).toMatchObject({ ok: true, rows: 1001 });
  });
});
