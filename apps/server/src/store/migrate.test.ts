import { sql } from "kysely";
import { expect, test } from "vitest";
import { migrate, MIGRATIONS } from "./migrate.ts";
import { onEachStore } from "./store.suite.ts";

onEachStore((store) => {
  test("a database of a newer program is refused in one sentence and stays as it is", async () => {
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'now')`.execute(store().db);
    await expect(migrate(store().db)).rejects.toThrow(/newer version of this program \(it has "9999-future"\)/);
    await sql`delete from kysely_migration where name = '9999-future'`.execute(store().db);
  });

  test("an up-to-date database is left alone, also by several that look at once", async () => {
    const done = await Promise.all([migrate(store().db), migrate(store().db), migrate(store().db)]);
    expect(done).toEqual([[], [], []]);
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(store().db);
    expect(rows.map((row) => row.name)).toEqual(Object.keys(MIGRATIONS));
  });
});
