import { AuditPage } from "@rostrum/contract/audit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { TestApp } from "../../http/testing.ts";
import { type Browser, openAccountsApp, openBrowser, openOwner, PASSWORD } from "../accounts/testing.ts";
import { auditRoutes } from "./routes.ts";
import { audit, SYSTEM } from "./service.ts";

let it: TestApp;
let owner: Browser;
let channelId: string;
beforeAll(async () => {
  it = await openAccountsApp({ config: { REGISTRATION: "open" }, plugins: (ctx) => [(app) => auditRoutes(app, ctx)] });
  owner = await openOwner(it);
  channelId = (await it.ctx.store.db.selectFrom("channel").select("id").executeTakeFirstOrThrow()).id;
}, 60_000);
afterAll(() => it.close());

const read = (browser: Browser, query = "", headers = {}) =>
  browser.call("GET", `/channels/${channelId}/audit${query}`, undefined, headers);

test("nobody, strangers and lesser roles are refused", async () => {
  expect((await read(openBrowser(it))).code).toBe("unauthenticated");
  const eve = openBrowser(it);
  const { body } = await eve.call("POST", "/auth/register", {
    email: "eve@example.org",
    handle: "eve",
    password: PASSWORD,
  });
  expect((await read(eve)).code).toBe("forbidden");
  const member = { channel_id: channelId, account_id: (body as { user: { id: string } }).user.id };
  await it.ctx.store.db
    .insertInto("channel_member")
    .values({ ...member, role: "producer" })
    .execute();
  expect((await read(eve)).code).toBe("forbidden");
  await it.ctx.store.db
    .updateTable("channel_member")
    .set({ role: "admin" })
    .where("account_id", "=", member.account_id)
    .execute();
  expect((await read(eve)).status).toBe(200);
});

test("a channel that does not exist, and a cursor of another list, are refused", async () => {
  expect((await owner.call("GET", `/channels/${newId()}/audit`)).code).toBe("not_found");
  expect((await read(owner, "?cursor=abc")).code).toBe("invalid_input");
});

test("entries come newest first, in pages, with who did it; those of other channels and of accounts stay out", async () => {
  await audit(it.ctx, SYSTEM, { action: "broadcast.open", channelId, target: "b1", details: { by: "encoder" } });
  await audit(it.ctx, SYSTEM, { action: "broadcast.open", channelId: newId() });
  const first = AuditPage.parse((await read(owner, "?limit=1")).body);
  expect(first.items).toMatchObject([
    { action: "broadcast.open", kind: "system", actor: null, target: "b1", details: { by: "encoder" } },
  ]);
  const rest = AuditPage.parse((await read(owner, `?cursor=${first.nextCursor}`)).body);
  expect(rest.items).toMatchObject([{ action: "channel.create", kind: "account", actor: { handle: "ada" } }]);
  expect(rest.nextCursor).toBeNull();
  const whole = AuditPage.parse((await read(owner, "?limit=2")).body);
  expect([whole.items.length, whole.nextCursor]).toEqual([2, null]);
});

test("an API token with any scope may read what its person may", async () => {
  const made = await owner.call("POST", "/me/tokens", { name: "bot", scopes: ["broadcasts"] });
  const { token } = made.body as { token: string };
  expect((await read(openBrowser(it), "", { authorization: `Bearer ${token}` })).status).toBe(200);
});
