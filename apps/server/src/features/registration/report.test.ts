/** The attendance report: what the players say, and the table that it becomes. */
import { expect, test } from "vitest";
import { comeIn, onEachWebinar } from "./registration.suite.ts";

const MINUTE_MS = 60_000;
const beacon = (sessionId: string, watchedMs: number, ended = false) => ({
  ...{ sessionId: sessionId.padEnd(16, "x"), joinMs: 400, watchedMs, stalls: 0, stalledMs: 0, latencyMs: 900 },
  ...{ bitrateBps: null, droppedFrames: 0, error: null, ended },
});

onEachWebinar((webinar) => {
  async function live(mode: "optional" | "required" = "required") {
    const fields = [{ id: "company", kind: "text", label: "=Company", required: false, options: [] }];
    const show = await webinar().scheduled({ mode, settings: { fields } });
    const values = { state: "live", has_source: true, live_at: new Date() } as const;
    await webinar().ctx.store.db.updateTable("broadcast").set(values).where("id", "=", show.id).execute();
    const all = `/broadcasts/${show.id}/registrations`;
    const list = async (q = "") => (await show.people.producer.call("GET", `${all}?q=${q}`)).body.items;
    return { ...show, all, list };
  }

  test("what a registered person's players say becomes their attendance, nobody else's", async () => {
    const { id, list } = await live("optional");
    const { db } = webinar().ctx.store;
    const ada = await comeIn(webinar(), id, "ada@example.org");
    await comeIn(webinar(), id, "bob@example.org");
    const watch = (who: typeof ada, session: string, watchedMs: number) =>
      who.call("POST", `/broadcasts/${id}/beacon`, beacon(session, watchedMs));
    expect((await watch(ada, "phone", 10_000)).status).toBe(200);
    expect((await watch(webinar().browser(), "stranger", 10_000)).status).toBe(200);
    await webinar().visits.store();
    const early = new Date(Date.now() - 30 * MINUTE_MS);
    await db.updateTable("registration_visit").set({ joined_at: early }).execute();
    await watch(ada, "phone", 20 * MINUTE_MS);
    await watch(ada, "desktop", 5 * MINUTE_MS);
    await webinar().visits.store();
    const [bob, first] = await list();
    expect(first).toMatchObject({ email: "ada@example.org", joinedAt: early.toISOString(), minutesWatched: 25 });
    expect(Date.parse(String(first?.["leftAt"]))).toBeGreaterThan(Date.now() - MINUTE_MS);
    expect(bob).toMatchObject({ email: "bob@example.org", joinedAt: null, leftAt: null, minutesWatched: 0 });
  });

  test("of a show for children it is not kept who watched", async () => {
    const { id, list } = await live("optional");
    await webinar().ctx.store.db.updateTable("broadcast").set({ kid_mode: true }).where("id", "=", id).execute();
    const ada = await comeIn(webinar(), id, "ada@example.org");
    expect((await ada.call("POST", `/broadcasts/${id}/beacon`, beacon("phone", 1000))).status).toBe(200);
    await webinar().visits.store();
    expect((await list())[0]).toMatchObject({ joinedAt: null, minutesWatched: 0 });
  });

  test("nobody has watched for longer than they were there, whatever a player says", async () => {
    const { id, list } = await live();
    const ada = await comeIn(webinar(), id, "ada@example.org");
    await ada.call("POST", `/broadcasts/${id}/beacon`, beacon("phone", 300 * MINUTE_MS));
    await webinar().visits.store();
    expect((await list())[0]).toMatchObject({ minutesWatched: 0 });
  });

  test("of one registration a hundred players count, and go on counting; another's are not the fewer", async () => {
    const { id } = await live();
    await comeIn(webinar(), id, "ada@example.org");
    await comeIn(webinar(), id, "bob@example.org");
    const { store } = webinar().ctx;
    const [ada = "", bob = ""] = (
      await store.db.selectFrom("registration").select("id").where("broadcast_id", "=", id).orderBy("email").execute()
    ).map((row) => row.id);
    const note = (registrationId: string, player: number, watchedMs: number): void =>
      webinar().visits.note({ broadcastId: id, registrationId, version: 1 }, beacon(`player${player}`, watchedMs));
    for (let player = 0; player < 99; player += 1) note(ada, player, 1_000);
    await webinar().visits.store();
    for (let player = 0; player < 150; player += 1) note(ada, player, 2_000);
    note(bob, 0, 2_000);
    await webinar().visits.store();
    const stored = await store.db.selectFrom("registration_visit").select(["registration_id", "watched_ms"]).execute();
    const of = (who: string) =>
      stored.filter((row) => row.registration_id === who).map((row) => Number(row.watched_ms));
    expect(of(ada)).toEqual(Array.from({ length: 100 }, () => 2_000));
    expect(of(bob)).toEqual([2_000]);
  });

  test("visits of somebody who was deleted meanwhile are left out, the others' are stored", async () => {
    const { id, list } = await live();
    const [ada, bob] = [await comeIn(webinar(), id, "ada@example.org"), await comeIn(webinar(), id, "bob@example.org")];
    for (const who of [ada, bob]) await who.call("POST", `/broadcasts/${id}/beacon`, beacon("phone", 1000));
    await ada.call("DELETE", `/broadcasts/${id}/registration`);
    await webinar().visits.store();
    expect(await list()).toMatchObject([{ email: "bob@example.org", joinedAt: expect.any(String) as string }]);
  });

  test("the report is a table in which no cell is a formula", async () => {
    const { id, all, people, channelId } = await live();
    const hostile = { name: '=HYPERLINK("https://evil.example")', email: "ada@example.org" };
    await webinar()
      .browser()
      .call("POST", `/broadcasts/${id}/registration`, { ...hostile, answers: { company: "@sum(1)" } });
    const answer = await people.producer.call("GET", `${all}/export.csv`);
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(answer.headers["content-disposition"]).toBe(`attachment; filename="registrations-${id}.csv"`);
    const [head, line] = answer.raw.toString().split("\r\n");
    expect(head).toBe(
      '\uFEFF"Name","Email","Registered at","Link opened at","Joined at","Left at","Minutes watched","Agreed to","\'=Company"',
    );
    expect(line).toMatch(/^"'=HYPERLINK\(""https:\/\/evil\.example""\)","ada@example\.org","2/);
    expect(line).toMatch(/,"","","",0,"","'@sum\(1\)"$/);
    const { body } = await people.owner.call("GET", `/channels/${channelId}/audit`);
    expect(body.items.map((one) => one["action"])).toContain("registration.export");
  });

  test("people are found by a part of their name or address, and a percent sign is no wild card", async () => {
    const { id, list } = await live();
    for (const name of ["Ada", "Bob", "100%"]) {
      const email = `${name.toLowerCase().replace("%", "")}@example.org`;
      await webinar().browser().call("POST", `/broadcasts/${id}/registration`, { name, email });
    }
    const names = async (q: string) => (await list(encodeURIComponent(q))).map((one) => one["name"]);
    expect(await names("")).toEqual(["100%", "Bob", "Ada"]);
    expect([await names("aD"), await names("bob@"), await names("%")]).toEqual([["Ada"], ["Bob"], ["100%"]]);
  });
});
