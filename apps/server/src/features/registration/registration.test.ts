/** Registering over HTTP with the real store, real mails in files, on each backend; refusals first. */
import { expect, test } from "vitest";
import { comeIn, onEachWebinar } from "./registration.suite.ts";

const QUESTIONS = [
  { id: "company", kind: "text", label: "Company", required: true, options: [] },
  { id: "size", kind: "select", label: "Size", required: false, options: ["1", "2–9"] },
] as const;

onEachWebinar((webinar) => {
  const at = (id: string, more = ""): string => `/broadcasts/${id}/registration${more}`;
  const person = (email: string, more: object = {}) => ({ name: "Ada", email, ...more });

  test.each([
    ["no name", { name: " ", email: "a@example.org", answers: { company: "x" } }],
    ["a name in which nothing can be seen", { name: "\u200b", email: "a@example.org", answers: { company: "x" } }],
    ["no address", { name: "Ada", email: "ada", answers: { company: "x" } }],
    ["a question that must be answered", { name: "Ada", email: "a@example.org" }],
    ["an option that is none", { name: "Ada", email: "a@example.org", answers: { company: "x", size: "3" } }],
  ])("%s is refused at its field, and nobody is registered", async (_, body) => {
    const { id, people } = await webinar().scheduled({ settings: { fields: QUESTIONS } });
    const answer = await webinar().browser().call("POST", at(id), body);
    expect([answer.status, answer.code]).toEqual([400, "invalid_input"]);
    const settings = await people.producer.call("GET", at(id, "-settings"));
    expect(settings.body["registered"]).toBe(0);
  });

  test("consent that is asked for must be given", async () => {
    const { id } = await webinar().scheduled({ settings: { consent: "We keep your data for a year." } });
    const refused = await webinar().browser().call("POST", at(id), person("ada@example.org"));
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining('"path":"consent"')]);
    const done = await webinar()
      .browser()
      .call("POST", at(id), person("ada@example.org", { consent: true }));
    expect([done.status, done.body]).toEqual([202, { state: "mail_sent" }]);
  });

  test("one cannot register for a show without registration, a private one, or one that is over", async () => {
    const { db } = webinar().ctx.store;
    const browser = webinar().browser();
    const off = await webinar().scheduled({ mode: "off" });
    expect((await browser.call("POST", at(off.id), person("a@example.org"))).code).toBe("conflict");
    const { id } = await webinar().scheduled();
    await db.updateTable("broadcast").set({ state: "ended", live_at: new Date() }).where("id", "=", id).execute();
    expect((await browser.call("POST", at(id), person("a@example.org"))).code).toBe("conflict");
    expect((await browser.call("GET", at(id))).body).toMatchObject({ closed: "over" });
    await db.updateTable("broadcast").set({ visibility: "private" }).where("id", "=", id).execute();
    expect((await browser.call("GET", at(id))).code).toBe("forbidden");
  });

  test("nobody registers for a show for children, in whatever order it is wished", async () => {
    const { id, people } = await webinar().scheduled({ mode: "optional" });
    const { call } = people.producer;
    const [kids, mode] = [{ kidMode: true }, { mode: "required" }];
    const issue = (path: string) => expect.stringContaining(`"issues":[{"path":"${path}","message":"People cannot`);
    const refused = await call("PATCH", `/broadcasts/${id}`, kids);
    expect([refused.status, refused.raw.toString()]).toEqual([400, issue("kidMode")]);
    expect((await call("PATCH", at(id, "-settings"), { mode: "off" })).status).toBe(200);
    expect((await call("PATCH", `/broadcasts/${id}`, kids)).status).toBe(200);
    const also = await call("PATCH", at(id, "-settings"), { ...mode, consent: "Yes" });
    expect([also.status, also.raw.toString()]).toEqual([400, issue("mode")]);
    expect((await call("PATCH", at(id, "-settings"), { mode: "off", capacity: 3 })).body).toMatchObject({
      consent: "",
    });
    expect((await webinar().browser().call("POST", at(id), person("kid@example.org"))).code).toBe("conflict");
    // At once, one of them wins.
    await call("PATCH", `/broadcasts/${id}`, { kidMode: false });
    const both = await Promise.all([
      call("PATCH", `/broadcasts/${id}`, kids),
      call("PATCH", at(id, "-settings"), mode),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
  });

  test("a link lets its browser in, and only it", async () => {
    const { id } = await webinar().scheduled();
    const [ada, eve] = [webinar().browser(), webinar().browser()];
    await ada.call("POST", at(id), person("ada@example.org", { timeZone: "Europe/Berlin" }));
    expect((await ada.call("GET", at(id))).body["you"]).toBeNull();
    const [mail] = await webinar().mailsTo("ada@example.org");
    expect(mail).toMatchObject({ subject: "You are registered: A webinar" });
    expect(mail?.text).toMatch(/UTC\)\./);
    expect(mail?.calendar).toContain("METHOD:PUBLISH\r\n");
    const enter = await ada.call("POST", at(id, "/enter"), { token: mail?.token });
    expect(enter.status).toBe(204);
    expect(String(enter.headers["set-cookie"])).toMatch(/HttpOnly; SameSite=Lax/);
    expect((await ada.call("GET", at(id))).body["you"]).toMatchObject({ name: "Ada", email: "ada@example.org" });
    expect((await eve.call("GET", at(id))).body["you"]).toBeNull();
    const file = await ada.call("GET", at(id, "/calendar.ics"));
    expect(file.headers["content-type"]).toBe("text/calendar; charset=utf-8");
    expect(file.raw.toString()).toContain(`UID:${id}@rostrum\r\n`);
    expect((await eve.call("GET", at(id, "/calendar.ics"))).code).toBe("forbidden");
  });

  test("a link of another show, of nobody, and one that was changed let nobody in", async () => {
    const [one, other] = [await webinar().scheduled(), await webinar().scheduled()];
    const browser = webinar().browser();
    await browser.call("POST", at(one.id), person("ada@example.org"));
    const token = (await webinar().mailsTo("ada@example.org"))[0]?.token ?? "";
    const [broadcast, registration, version, mac = ""] = token.split(".");
    const forged = [
      ...["", "x", `${other.id}.${registration}.${version}.${mac}`, `${broadcast}.${registration}.2.${mac}`],
      `${broadcast}.${registration}.${version}.${mac.replace(/.$/, (last) => (last === "0" ? "1" : "0"))}`,
    ];
    for (const wrong of forged) {
      const answer = await browser.call("POST", at(one.id, "/enter"), { token: wrong });
      expect([wrong, answer.code]).toEqual([wrong, "invalid_token"]);
    }
    expect((await browser.call("POST", at(other.id, "/enter"), { token })).code).toBe("invalid_token");
    expect(browser.cookies.size).toBe(0);
    browser.cookies.set("rostrum_passes", forged.join("~"));
    expect((await browser.call("GET", at(one.id))).body["you"]).toBeNull();
  });

  test("an address that is known is answered like a new one, keeps its first name, and gets one mail in five minutes", async () => {
    const { id, people } = await webinar().scheduled();
    const eve = webinar().browser();
    const first = await eve.call("POST", at(id), person("ada@example.org"));
    const again = await eve.call("POST", at(id), { name: "Eve", email: "ADA@example.org" });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await webinar().mailsTo("ada@example.org")).toHaveLength(1);
    const lost = await eve.call("POST", at(id, "/resend"), { email: "ada@example.org" });
    const unknown = await eve.call("POST", at(id, "/resend"), { email: "nobody@example.org" });
    expect([lost.status, lost.body]).toEqual([unknown.status, unknown.body]);
    expect(await webinar().mailsTo("ada@example.org")).toHaveLength(1);
    expect(await webinar().mailsTo("nobody@example.org")).toEqual([]);
    const past = new Date(Date.now() - 6 * 60_000);
    await webinar().ctx.store.db.updateTable("registration").set({ mailed_at: past }).execute();
    await eve.call("POST", at(id, "/resend"), { email: "ada@example.org" });
    const mails = await webinar().mailsTo("ada@example.org");
    expect(mails.map(({ token }) => token)).toEqual([mails[0]?.token, mails[0]?.token]);
    const { body } = await people.producer.call("GET", `/broadcasts/${id}/registrations`);
    expect(body.items.map((one) => one["name"])).toEqual(["Ada"]);
  });

  test("seats are taken by as many as there are, also of those who come at once", async () => {
    const { id } = await webinar().scheduled({ settings: { capacity: 3 } });
    const tries = await Promise.all(
      Array.from({ length: 8 }, (_, nth) =>
        webinar()
          .browser()
          .call("POST", at(id), person(`p${nth}@example.org`)),
      ),
    );
    const codes = tries.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(codes).toEqual([202, 202, 202, 409, 409, 409, 409, 409]);
    expect((await webinar().browser().call("GET", at(id))).body).toMatchObject({ closed: "full" });
  });

  test("a show that is deleted while people register takes some of them, and fails nobody", async () => {
    const { id, people } = await webinar().scheduled();
    const coming = Array.from({ length: 8 }, (_, nth) =>
      webinar()
        .browser()
        .call("POST", at(id), person(`p${nth}@example.org`)),
    );
    const change = people.producer.call("PATCH", at(id, "-settings"), { capacity: 5 });
    const gone = people.owner.call("DELETE", `/broadcasts/${id}`);
    expect((await gone).status).toBe(204);
    for (const { status } of await Promise.all([...coming, change])) expect([200, 202, 404, 409]).toContain(status);
  });

  test("one network registers twenty people at once, and then has to wait", async () => {
    const { id } = await webinar().scheduled();
    const office = webinar().browser("198.51.100.7");
    for (let nth = 0; nth < 20; nth += 1) {
      expect((await office.call("POST", at(id), person(`o${nth}@example.org`))).status).toBe(202);
    }
    const next = await office.call("POST", at(id), person("late@example.org"));
    expect([next.code, Number(next.headers["retry-after"]) > 0]).toEqual(["rate_limited", true]);
    expect((await webinar().browser().call("POST", at(id), person("home@example.org"))).status).toBe(202);
  });

  test("who takes the registration back is forgotten", async () => {
    const { id } = await webinar().scheduled();
    const ada = await comeIn(webinar(), id, "ada@example.org");
    expect((await webinar().browser().call("DELETE", at(id))).code).toBe("not_found");
    expect((await ada.call("DELETE", at(id))).status).toBe(204);
    const { db } = webinar().ctx.store;
    expect(await db.selectFrom("registration").selectAll().execute()).toEqual([]);
    expect(await db.selectFrom("registration_mail").selectAll().execute()).toEqual([]);
    expect((await ada.call("GET", at(id))).body["you"]).toBeNull();
  });

  test("what a show asks is plain text; questions that are taken away stay in the report", async () => {
    const { id, people } = await webinar().scheduled({ settings: { fields: QUESTIONS } });
    await webinar()
      .browser()
      .call("POST", at(id), person("ada@example.org", { answers: { company: "=1+1", size: "1" } }));
    const update = (body: object) => people.producer.call("PATCH", at(id, "-settings"), body);
    const invisible = [{ ...QUESTIONS[0], label: "\u200b" }];
    expect((await update({ fields: invisible })).code).toBe("invalid_input");
    expect((await update({ fields: [QUESTIONS[0], QUESTIONS[0]] })).code).toBe("invalid_input");
    const { body } = await update({ fields: [{ ...QUESTIONS[1], label: "How\u202e many?" }], consent: "" });
    expect(body["fields"]).toEqual([{ ...QUESTIONS[1], label: "How many?" }]);
    const csv = (await people.producer.call("GET", `/broadcasts/${id}/registrations/export.csv`)).raw.toString();
    expect(csv.split("\r\n")[0]).toMatch(/"Agreed to","How many\?","Company"$/);
    expect(csv).toContain(`"1","'=1+1"`);
  });
});
