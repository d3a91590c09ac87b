/** A show that one registers for, strangers with the cookies of a browser, and the mails that go out. */
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import type { RegistrationMode } from "@rostrum/contract/registration";
import type { Store } from "../../store/open.ts";
import { openTestStore, POSTGRES_SKIPPED, truncateAll } from "../../store/testing.ts";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { type Answer, openShow, type Show } from "../broadcasts/testing.ts";
import { chatRoutes } from "../chat/routes.ts";
import { recordingRoutes } from "../recordings/routes.ts";
import { sendDue } from "./mails.ts";
import { registrationRoutes } from "./routes.ts";
import { createVisits, type Visits } from "./visits.ts";

/** A stranger's browser: it keeps the cookies that it is given. */
export type Browser = Readonly<{
  call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Answer>;
  cookies: Map<string, string>;
}>;

/** `raw` is the file itself. */
export type Mail = Readonly<{
  subject: string;
  text: string;
  html: string;
  calendar: string;
  token: string;
  raw: string;
}>;

export type Webinar = Show &
  Readonly<{
    browser(address?: string): Browser;
    /** A scheduled show with this mode. */
    scheduled(options?: { mode?: RegistrationMode; startAt?: Date; settings?: object }): Promise<Scheduled>;
    /** To this address, oldest first; what is due goes out first. */
    mailsTo(email: string, now?: Date): Promise<Mail[]>;
    /** Begins anew: no rows, no mails. */
    empty(): Promise<void>;
    visits: Visits;
  }>;

export type Scheduled = Readonly<{
  id: string;
  channelId: string;
  people: Awaited<ReturnType<Show["channel"]>>["people"];
}>;

const HOUR_MS = 60 * 60_000;
let names = 0;

/** The caller closes it. */
async function openWebinar(store: Store): Promise<Webinar> {
  const stop = new AbortController();
  stop.abort();
  let visits: Visits | undefined;
  const show = await openShow({
    store,
    onVisit: (pass, beacon) => visits?.note(pass, beacon),
    plugins: (ctx) => [
      (app) => chatRoutes(app, ctx),
      (app) => recordingRoutes(app, ctx),
      (app) => registrationRoutes(app, ctx),
    ],
  });
  const { signal } = new AbortController();
  return {
    ...show,
    visits: (visits = createVisits(show.ctx, stop.signal)),
    browser: (address = `192.0.2.${(names += 1)}`) => openBrowser(show, address),
    async scheduled({ mode = "required", startAt = new Date(Date.now() + 24 * HOUR_MS), settings = {} } = {}) {
      const { id: channelId, people } = await show.channel(`web${(names += 1)}`);
      const body = { channelId, title: "A webinar", startAt: startAt.toISOString() };
      const id = String((await people.producer.call("POST", "/broadcasts", body)).body["id"]);
      const answer = await people.producer.call("PATCH", `/broadcasts/${id}/registration-settings`, {
        mode,
        ...settings,
      });
      if (answer.status !== 200) throw new Error(answer.raw.toString());
      return { id, channelId, people };
    },
    async empty() {
      await truncateAll(show.ctx.store.db);
      await rm(path.join(show.ctx.config.DATA_DIR, "mail"), { recursive: true, force: true });
    },
    async mailsTo(email, now = new Date()) {
      await sendDue(show.ctx, { signal }, () => now);
      const dir = path.join(show.ctx.config.DATA_DIR, "mail");
      const files = (await readdir(dir).catch(() => [])).filter((file) => file.endsWith(".eml")).toSorted();
      const all = await Promise.all(files.map((file) => readFile(path.join(dir, file), "utf8")));
      return all.filter((mail) => new RegExp(`^To: <?${email}>?$`, "m").test(mail)).map(parseMail);
    },
  };
}

/** Declares tests once for each backend; PostgreSQL is skipped by name when there is none. `declare` gets what gives the app. */
export function onEachWebinar(declare: (webinar: () => Webinar) => void): void {
  for (const kind of ["pglite", "postgres"] as const) {
    const reason = kind === "postgres" ? POSTGRES_SKIPPED : null;
    describe.skipIf(reason !== null)(reason === null ? `on ${kind}` : `on ${kind} (skipped: ${reason})`, () => {
      let store: Store;
      let webinar: Webinar;
      beforeAll(async () => {
        store = await openTestStore(kind);
        webinar = await openWebinar(store);
      });
      beforeEach(() => webinar.empty());
      afterAll(async () => {
        await webinar.close();
        await store.close();
      });
      declare(() => webinar);
    });
  }
}

/** Registers and opens the link that was mailed. */
export async function comeIn(webinar: Webinar, id: string, email: string, body: object = {}): Promise<Browser> {
  const browser = webinar.browser();
  await browser.call("POST", `/broadcasts/${id}/registration`, { name: "Ada", email, ...body });
  const token = (await webinar.mailsTo(email)).at(-1)?.token ?? "";
  await browser.call("POST", `/broadcasts/${id}/registration/enter`, { token });
  return browser;
}

function openBrowser({ app }: Show, remoteAddress: string): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async call(method, url, body) {
      const answer = await app.inject({
        ...{ method, url: `/api/v1${url}`, remoteAddress },
        headers: { origin: "http://localhost:3000", cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      for (const { name, value } of answer.cookies) {
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      const isJson = String(answer.headers["content-type"]).startsWith("application/json");
      const parsed = (isJson ? answer.json() : undefined) as Answer["body"] & { error?: { code: string } };
      const { statusCode: status, headers, rawPayload: raw } = answer;
      return { status, body: parsed, code: parsed?.error?.code, headers, raw };
    },
  };
}

/** As a mail program shows it. */
function parseMail(mail: string): Mail {
  const boundary = (name: string): RegExp => new RegExp(`content-type: ${name}[^]*?\\n\\n([^]*?)(?=\\n--)`, "i");
  const part = (name: string): string => {
    const found = boundary(name).exec(mail);
    const head = found?.[0].slice(0, found[0].indexOf("\n\n")) ?? "";
    const body = found?.[1] ?? "";
    return /transfer-encoding: base64/i.test(head) ? Buffer.from(body, "base64").toString() : unquoted(body);
  };
  const subject = /^Subject: (.*(?:\n[ \t].*)*)/m.exec(mail)?.[1] ?? "";
  const text = part("text/plain");
  const token = /\?t=([0-9a-z.]+)/.exec(text)?.[1] ?? "";
  const parts = { text, html: part("text/html"), calendar: part("text/calendar") };
  return { subject: decoded(subject), ...parts, token, raw: mail };
}

function unquoted(text: string): string {
  const joined = text.replace(/=\n/g, "");
  return joined.replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll("=", ""), "hex").toString());
}

/** RFC 2047. */
function decoded(header: string): string {
  return header
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([QB])\?(.*?)\?=/gi, (_, kind: string, text: string) =>
      kind.toUpperCase() === "B" ? Buffer.from(text, "base64").toString() : unquoted(text.replaceAll("_", " ")),
    )
    .replace(/\n[ \t]/g, " ");
}
