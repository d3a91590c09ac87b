/** The one connection of the embedded database: who may hold it for how long, and how it ends. */
import { afterEach, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits, PgliteClient } from "./pglite-client.ts";

let client: PgliteClient | undefined;
afterEach(() => client?.close());

async function open(limits: Partial<Limits>): Promise<PgliteClient> {
  client = await PgliteClient.open({}, { ...DEFAULT_LIMITS, ...limits });
  return client;
}

test("who holds the connection too long is rolled back, and the next one goes on", async () => {
  const { lease } = bound(await open({ holdMs: 50 }));
  const setUp = await lease();
  await setUp.query("create table t (n integer)", []);
  setUp.release();
  const slow = await lease();
  await slow.query("begin", []);
  await slow.query("insert into t values (1)", []);
  await slow.query("select pg_sleep(0.2)", []);
  await expect(slow.query("commit", [])).rejects.toThrow("A transaction held the database for more than 0.05 s");
  slow.release();
  const next = await lease();
  expect((await next.query("select n from t", [])).rows).toEqual([]);
  next.release();
});

test("who waits too long is refused and does not take the place of others", async () => {
  const { lease } = bound(await open({ waitMs: 30 }));
  const holder = await lease();
  await expect(lease()).rejects.toThrow("The database was busy for more than 0.03 s.");
  holder.release();
  (await lease()).release();
});

test("a statement that does not return ends the client, says so, and refuses what waits", async () => {
  const opened = await open({ statementMs: 100 });
  const { lease } = bound(opened);
  const holder = await lease();
  const waiting = lease();
  const stuck = holder.query("select pg_sleep(60)", []);
  await expect(stuck).rejects.toThrow("A statement ran for more than 0.1 s; the database was stopped.");
  await expect(waiting).rejects.toThrow("the database was stopped");
  expect(await opened.closed).toMatchObject({ kind: "failed" });
  await expect(lease()).rejects.toThrow("the database was stopped");
});

test("a connection that was given back is not used again", async () => {
  const { lease } = bound(await open({}));
  const mine = await lease();
  mine.release();
  mine.release();
  await expect(mine.query("select 1", [])).rejects.toThrow("used after it was given back");
});

test("a close waits for those before it; later ones are refused", async () => {
  const opened = await open({});
  const { lease } = bound(opened);
  const mine = await lease();
  const closing = opened.close();
  expect((await mine.query("select 1 as n", [])).rows).toEqual([{ n: 1 }]);
  mine.release();
  await closing;
  expect(await opened.closed).toEqual({ kind: "closed" });
  await expect(lease()).rejects.toThrow("The store is closed.");
  await opened.close();
});

test("a parameter that cannot be sent is the caller's mistake only", async () => {
  const { lease } = bound(await open({}));
  const mine = await lease();
  await expect(mine.query("select $1", [() => 1])).rejects.toThrow(TypeError);
  expect((await mine.query("select 1 as n", [])).rows).toEqual([{ n: 1 }]);
  mine.release();
});

function bound(opened: PgliteClient) {
  return { lease: () => opened.lease() };
}
