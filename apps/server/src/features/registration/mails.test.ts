/** What the registered are told, when, and that they are told it once; with a clock that is turned by hand. */
import { expect, test } from "vitest";
import { planMails, sendDue } from "./mails.ts";
import { comeIn, type Mail, onEachWebinar, type Scheduled } from "./registration.suite.ts";

const MINUTE_MS = 60_000;
const EMAIL = "ada@example.org";
const HOSTILE = 'Win\r\nBcc: all@example.org <img src=x onerror="alert(1)"> \u202egnp';
const before = (at: Date, minutes: number): Date => new Date(at.getTime() - minutes * MINUTE_MS);
const subjects = (mails: readonly Mail[]): string[] => mails.map(({ subject }) => subject);

onEachWebinar((webinar) => {
  /** A show tomorrow with Ada, who has had her confirmation. */
  async function ready(options: Parameters<ReturnType<typeof webinar>["scheduled"]>[0] = {}) {
    const startAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 24 * 60 * MINUTE_MS);
    const show = await webinar().scheduled({ startAt, ...options });
    await comeIn(webinar(), show.id, EMAIL);
    return { ...show, startAt };
  }
  /** Twice, as two processes do. */
  const mailsAt = async (now: Date): Promise<Mail[]> => {
    await Promise.all([planMails(webinar().ctx, now), planMails(webinar().ctx, now)]);
    await Promise.all([webinar().mailsTo(EMAIL, now), webinar().mailsTo(EMAIL, now)]);
    return webinar().mailsTo(EMAIL, now);
  };
  const move = (show: Scheduled, startAt: Date | null) =>
    show.people.producer.call("PATCH", `/broadcasts/${show.id}`, { startAt: startAt?.toISOString() ?? null });

  test("reminders come an hour and five minutes before, each once", async () => {
    const { startAt } = await ready();
    expect(await mailsAt(before(startAt, 61))).toHaveLength(1);
    expect(subjects(await mailsAt(before(startAt, 60))).slice(1)).toEqual(["In one hour: A webinar"]);
    expect(await mailsAt(before(startAt, 40))).toHaveLength(2);
    expect(await mailsAt(before(startAt, 6))).toHaveLength(2);
    const mails = await mailsAt(before(startAt, 4.9));
    expect(subjects(mails).slice(2)).toEqual(["In 5 minutes: A webinar"]);
    expect(mails.at(-1)?.token).toBe(mails[0]?.token);
    expect(await mailsAt(new Date(startAt.getTime() + MINUTE_MS))).toHaveLength(3);
  });

  test("a show that began before its time is not announced for later", async () => {
    const { startAt, id } = await ready();
    const early = { state: "live", live_at: before(startAt, 70) } as const;
    await webinar().ctx.store.db.updateTable("broadcast").set(early).where("id", "=", id).execute();
    const [, mail] = await mailsAt(before(startAt, 60));
    expect([mail?.subject, mail?.text]).toEqual(["Now: A webinar", expect.stringContaining("“A webinar” has begun.")]);
    expect(mail?.text).not.toContain("That is");
  });

  test("whoever registers for what is on the air is told to come, not to put it down", async () => {
    const { id } = await webinar().scheduled();
    const onAir = { state: "live", live_at: new Date(), start_at: null } as const;
    await webinar().ctx.store.db.updateTable("broadcast").set(onAir).where("id", "=", id).execute();
    await comeIn(webinar(), id, EMAIL);
    const [mail] = await webinar().mailsTo(EMAIL);
    expect(mail?.text).toContain("It has begun: the link takes you there.");
    expect([mail?.calendar, mail?.token === ""]).toEqual(["", false]);
  });

  test("whoever registers shortly before, is not told what they know", async () => {
    const startAt = new Date(Date.now() + 50 * MINUTE_MS);
    await ready({ startAt });
    expect(await mailsAt(new Date())).toHaveLength(1);
  });

  test("a server that was away for long reminds nobody of what has begun", async () => {
    const { startAt } = await ready();
    expect(await mailsAt(new Date(startAt.getTime() + 3 * MINUTE_MS))).toHaveLength(1);
  });

  test("another start is told once it has settled, with the calendar's entry; reminders follow it", async () => {
    const show = await ready();
    const [first, later] = [before(show.startAt, 300), before(show.startAt, -600)];
    await move(show, first);
    await planMails(webinar().ctx);
    await move(show, later);
    await planMails(webinar().ctx);
    expect(await webinar().mailsTo(EMAIL)).toHaveLength(1);
    const mails = await mailsAt(new Date(Date.now() + 2 * MINUTE_MS));
    expect(subjects(mails).slice(1)).toEqual(["New time: A webinar"]);
    expect(mails[1]?.calendar).toContain("METHOD:PUBLISH\r\n");
    expect(mails[1]?.calendar).toContain("SEQUENCE:2\r\n");
    expect(mails[1]?.calendar).toContain(`UID:${show.id}@rostrum\r\n`);
    expect(await mailsAt(before(show.startAt, 30))).toHaveLength(2);
    expect(subjects(await mailsAt(before(later, 59))).slice(2)).toEqual(["In one hour: A webinar"]);
  });

  test("a show without a date is postponed: it leaves the calendar, and comes back with the next date", async () => {
    const show = await ready();
    await move(show, null);
    const now = new Date(Date.now() + 2 * MINUTE_MS);
    await planMails(webinar().ctx);
    const [, postponed] = await mailsAt(now);
    expect(postponed?.subject).toBe("Postponed: A webinar");
    expect(postponed?.calendar).toContain("METHOD:CANCEL\r\n");
    await move(show, show.startAt);
    await planMails(webinar().ctx);
    const [, , back] = await mailsAt(now);
    expect(back?.subject).toBe("New time: A webinar");
    expect(back?.calendar).toContain("SEQUENCE:2\r\n");
  });

  test("a show that is deleted before it began is told of, and the people in it are forgotten", async () => {
    const show = await ready();
    expect((await show.people.owner.call("DELETE", `/broadcasts/${show.id}`)).status).toBe(204);
    const mails = await mailsAt(new Date());
    expect(subjects(mails).slice(1)).toEqual(["Cancelled: A webinar"]);
    expect(mails[1]?.calendar).toContain("STATUS:CANCELLED\r\n");
    expect(mails[1]?.text).not.toContain("/register/");
    const { db } = webinar().ctx.store;
    expect(await db.selectFrom("registration").selectAll().execute()).toEqual([]);
    const left = await db.selectFrom("registration_mail").select("about").execute();
    expect(JSON.stringify(left)).not.toContain(EMAIL);
  });

  test("a show that goes with its channel is told of, too; one that was shown is not", async () => {
    const shown = await ready();
    const { db } = webinar().ctx.store;
    const aired = { state: "ended", live_at: new Date(), ended_at: new Date() } as const;
    await db.updateTable("broadcast").set(aired).where("id", "=", shown.id).execute();
    await db.deleteFrom("broadcast").where("id", "=", shown.id).execute();
    expect(await mailsAt(new Date())).toHaveLength(1);
    const gone = await ready();
    await db.deleteFrom("channel").where("id", "=", gone.channelId).execute();
    expect(subjects(await mailsAt(new Date()))).toContain("Cancelled: A webinar");
  });

  test("hostile titles and names are harmless text in mails and calendar files", async () => {
    const show = await webinar().scheduled();
    const { db } = webinar().ctx.store;
    await db.updateTable("broadcast").set({ title: HOSTILE }).where("id", "=", show.id).execute();
    await db
      .updateTable("channel")
      .set({ title: `<b>\r\nX-Evil: 1 ${"x".repeat(10_000)}` })
      .where("id", "=", show.channelId)
      .execute();
    await comeIn(webinar(), show.id, EMAIL, { name: "<script>alert(1)</script>\u202e" });
    const [mail] = await webinar().mailsTo(EMAIL);
    expect(mail?.subject).toBe('You are registered: Win Bcc: all@example.org <img src=x onerror="alert(1)"> gnp');
    expect(mail?.text).toContain("Hello <script>alert(1)</script>,");
    expect(mail?.text).not.toMatch(/[\u202a-\u202e]/);
    expect(mail?.raw.split("\n\n", 1)[0]).not.toMatch(/^(Bcc|X-Evil):/im);
    expect(mail?.html).not.toMatch(/<(script|img|b)[ >]/i);
    expect(mail?.calendar).not.toMatch(/^(Bcc|X-Evil)/im);
  });

  test("a mail server that is away is tried again later, and no mail is lost or sent twice", async () => {
    const { id } = await webinar().scheduled();
    await webinar().browser().call("POST", `/broadcasts/${id}/registration`, { name: "Ada", email: EMAIL });
    const away = { ...webinar().ctx, mail: { ...webinar().ctx.mail, send: () => Promise.reject(new Error("away")) } };
    await sendDue(away, { signal: new AbortController().signal });
    expect(await webinar().mailsTo(EMAIL)).toEqual([]);
    expect(await webinar().mailsTo(EMAIL, new Date(Date.now() + 2 * MINUTE_MS))).toHaveLength(1);
    expect(await webinar().mailsTo(EMAIL, new Date(Date.now() + 9 * MINUTE_MS))).toHaveLength(1);
  });
});
