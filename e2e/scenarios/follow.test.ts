/** Following a channel: from the button to the mail when a show begins, and out again by the mail's link; push messages in a browser. */
import { createECDH, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { contextOf, register, type Viewer } from "../lib/people.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

let show: Show;
let browser: Browser;
let origin: string;
let fan: Viewer;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  browser = await openBrowser();
  origin = show.server.ready.url;
  fan = await register(origin, "fan");
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

async function open(context: BrowserContext, where: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin + where);
  await page.locator("html[data-hydrated]").waitFor();
  return page;
}

/** The mails to the fan, as text; quoted-printable undone. */
async function mails(): Promise<string[]> {
  const folder = path.join(show.server.dataDir, "mail");
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.filter((name) => name.endsWith(".eml")).map((name) => readFile(path.join(folder, name), "utf8")),
  );
  return texts
    .filter((text) => text.includes(fan.email))
    .map((text) =>
      text
        .replace(/=\r?\n/g, "")
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
}

test("a stranger who wants to follow signs in first, and comes back", async () => {
  await using strangers = await openContext(browser, { origin });
  const page = await open(strangers, "/@mainstage");
  const link = page.getByRole("main").getByRole("link", { name: /^Follow / });
  expect(await link.getAttribute("href")).toBe(`/login?next=${encodeURIComponent("/@mainstage")}`);
});

test("whoever follows gets a mail when a show begins, and leaves by its link", async () => {
  await using fans = await contextOf(browser, origin, fan);
  const page = await open(fans, "/@mainstage");
  await page.getByRole("button", { name: /^Follow / }).click();
  await page.getByText("1 follower").waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);

  const { call, channelId } = show.owner;
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "We begin <now>" });
  await goLiveByTestSignal(show.owner, id);
  const mail = await until("the mail", async () => (await mails())[0], 90_000);
  expect(mail).toContain("We begin");
  expect(mail).toContain(`${origin}/watch/${id}`);

  const address = /https?:\/\/[^\s<>"]+\/api\/v1\/unsubscribe\?t=[\w.-]+/.exec(mail)?.[0] ?? "";
  await page.goto(address);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("button", { name: /^No more mails of/ }).click();
  await page.getByText("There will be no more mails of").waitFor();
  await page.getByRole("link").click();
  const wish = page.getByRole("checkbox", { name: /^Mail of/ });
  await wish.waitFor();
  expect(await wish.isChecked()).toBe(false);
  expect(await page.getByRole("checkbox", { name: /^Notifications of/ }).isChecked()).toBe(true);
});

test("a follower says what they wish to hear, leaves, and takes it back", async () => {
  await using fans = await contextOf(browser, origin, fan, "narrow");
  const page = await open(fans, "/@mainstage");
  const button = page.getByRole("button", { name: /^Following / });
  await button.click();
  await page.getByRole("menuitemcheckbox", { name: "Mail" }).click();
  await until("the wish", async () => {
    return (await page.getByRole("menuitemcheckbox", { name: "Mail" }).getAttribute("aria-checked")) === "true";
  });
  await page.getByRole("menuitem", { name: "Unfollow" }).click();
  await page.getByRole("button", { name: "Follow mainstage" }).waitFor();
  await page.getByRole("button", { name: "Follow again" }).click();
  await button.waitFor();
});

/** In the service worker: how many notifications the browser has taken over. */
type Counting = Readonly<{
  registration: { showNotification: (title: string, options?: object) => Promise<void> };
}> & { shownSoFar: number };

function countShown(): void {
  const scope = globalThis as unknown as Counting;
  const show = scope.registration.showNotification.bind(scope.registration);
  scope.shownSoFar = 0;
  scope.registration.showNotification = async (title, options) => {
    await show(title, options);
    scope.shownSoFar += 1;
  };
}

const shownSoFar = (): number => (globalThis as unknown as Counting).shownSoFar;

test("a push message is shown by the service worker, which leads to the show", async () => {
  await using fans = await contextOf(browser, origin, fan);
  await fans.grantPermissions(["notifications"], { origin });
  const page = await open(fans, "/settings");
  const devtools = await fans.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
      if (ours !== undefined) resolve(ours.registrationId);
    });
  });
  await devtools.send("ServiceWorker.enable");
  const started = fans.waitForEvent("serviceworker");
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    const { active } = await navigator.serviceWorker.ready;
    // It is ready when it begins to be active; what comes before it is, is lost.
    if (active === null || active.state === "activated") return;
    await new Promise((resolve) => active.addEventListener("statechange", resolve, { once: true }));
  });
  const worker = await started;
  await worker.evaluate(countShown);
  const message = { type: "broadcast.live", title: "Mainstage is live", body: "We begin", url: "/watch/x", tag: "x" };
  const registrationId = await registered;
  for (const data of [JSON.stringify(message), "no JSON at all"]) {
    await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  }
  // Chromium throws away what it is asked about while it is on its way to the screen: nobody asks before it is there.
  await until("two notifications on the screen", async () => (await worker.evaluate(shownSoFar)) === 2);
  const shown = await until("two notifications", async () => {
    const found = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const all = await registration.getNotifications();
      return all.map(({ title, body, data }) => ({ title, body, url: (data as { url: string }).url }));
    });
    if (found.length !== 2) throw new Error(JSON.stringify(found));
    return found;
  });
  expect(shown).toContainEqual({ title: "Mainstage is live", body: "We begin", url: "/watch/x" });
  expect(shown).toContainEqual({ title: "A show has begun", body: "", url: "/" });
});

test("a browser that cannot take push messages says so, and the switch stays off", async () => {
  await using fans = await contextOf(browser, origin, fan);
  await fans.addInitScript(() => {
    // As Chromium answers without a way to its push service.
    PushManager.prototype.subscribe = () => Promise.reject(new DOMException("Registration failed", "AbortError"));
  });
  await fans.grantPermissions(["notifications"], { origin });
  const page = await open(fans, "/settings");
  const wish = page.getByRole("switch", { name: "Show notifications in this browser" });
  await wish.click();
  await page.getByText("push service does not answer").waitFor();
  expect(await wish.getAttribute("aria-checked")).toBe("false");
});

test("in a browser in which somebody has signed out nothing is told any more", async () => {
  const pair = createECDH("prime256v1");
  const keys = { p256dh: pair.generateKeys("base64url"), auth: randomBytes(16).toString("base64url") };
  await using elsewhere = await contextOf(browser, origin, fan);
  await using fans = await contextOf(browser, origin, fan);
  // The far end: no push service can be reached from here.
  await fans.addInitScript(
    (told) => {
      const subscription = {
        toJSON: () => told,
        unsubscribe: () => Promise.resolve(true),
      } as unknown as PushSubscription;
      PushManager.prototype.subscribe = () => Promise.resolve(subscription);
      PushManager.prototype.getSubscription = () => Promise.resolve(subscription);
    },
    { endpoint: "https://push.example.org/one", keys },
  );
  await fans.grantPermissions(["notifications"], { origin });
  const browsers = async (): Promise<number> => {
    const answer = await elsewhere.request.get(`${origin}/api/v1/me/push-subscriptions`);
    return ((await answer.json()) as { items: unknown[] }).items.length;
  };
  const page = await open(fans, "/settings");
  await page.getByRole("switch", { name: "Show notifications in this browser" }).click();
  await page.locator("#notifications").getByText("This browser", { exact: true }).waitFor();
  expect(await browsers()).toBe(1);
  await page.getByRole("button", { name: /^Your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).first().waitFor();
  expect(await browsers()).toBe(0);
});
