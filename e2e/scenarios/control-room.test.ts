/** A long show: the access cookie runs out, requests fail in the background, and what is open stays open. */
import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type BroadcastView, goLive, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

let show: Show;
let browser: Browser;
let scheduled: BroadcastView;

beforeAll(async () => {
  show = await openShow();
  browser = await openBrowser();
  scheduled = await show.owner.call<BroadcastView>("POST", "/broadcasts", {
    channelId: show.owner.channelId,
    title: "Tomorrow's show",
    startAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

test("the control room goes on when the access cookie has run out in mid-show", async () => {
  const { encoder, broadcast } = await goLive(show);
  const { page, context, origin } = await openPage(`/control/${broadcast.id}`, true);
  try {
    // True for every poll of the broadcast that was answered with the crew's view.
    const views: boolean[] = [];
    page.on("response", (response) => {
      if (response.url() !== `${origin}/api/v1/broadcasts/${broadcast.id}`) return;
      if (response.request().method() === "GET")
        void response.text().then((text) => views.push(text.includes('"role"')));
    });
    await until("the crew's view", () => views.includes(true));
    // Whatever else the crew's pages ask for would renew the cookie first.
    const allowed = [`/api/v1/broadcasts/${broadcast.id}`, "/api/v1/auth/refresh"];
    const others = ({ pathname }: URL): boolean =>
      pathname.endsWith(".data") || (pathname.startsWith("/api/v1/") && !allowed.includes(pathname));
    await page.route(others, (route) => route.abort());
    await context.clearCookies({ name: /rostrum_access$/ });
    const before = views.length;
    await until("the stranger's view", () => views.slice(before).includes(false));
    await until("the crew's view again", () => views.slice(views.lastIndexOf(false)).includes(true));
    expect(await page.getByText(/no longer a member/i).count()).toBe(0);
    await page.unroute(others);
    await endShow(page, broadcast.id);
  } finally {
    await context.close();
    await encoder.stop();
  }
});

test("a request that fails while the source goes away leaves the control room standing", async () => {
  const { encoder, broadcast } = await goLive(show);
  const { page, context } = await openPage(`/control/${broadcast.id}`, true);
  try {
    await page.getByText(/primary encoder/i).waitFor();
    const failed = await failing(page, (url) => url.pathname.endsWith(".data") || url.pathname.endsWith("/keys"));
    await encoder.stop();
    await until("a failed request after the source has gone", async () => {
      return failed.length > 0 && (await page.getByText(/no encoder is connected/i).count()) > 0;
    });
    await endShow(page, broadcast.id);
  } finally {
    await context.close();
    await encoder.stop();
  }
});

test("the front page outlives a failed refresh", async () => {
  const { page, context } = await openPage("/", false);
  try {
    const lists = (url: URL): boolean => url.pathname === "/_root.data" || url.pathname === "/api/v1/broadcasts";
    const failed = await failing(page, lists);
    await lookAgain(page);
    await until("a failed refresh", () => failed.length > 0);
    await page.unroute(lists);
    const answered = page.waitForResponse((response) => lists(new URL(response.url())) && response.ok());
    await lookAgain(page);
    await answered;
    await page.getByText("Tomorrow's show").first().waitFor();
  } finally {
    await context.close();
  }
});

test("saving one form keeps what is typed in another, also when nothing can be loaded anew", async () => {
  const { page, context } = await openPage(`/broadcasts/${scheduled.id}/settings`, true);
  try {
    await failing(page, (url) => url.pathname.endsWith(".data"));
    const details = page.getByRole("textbox", { name: /description/i });
    await details.fill("Typed and not saved.");
    const delivery = page.locator("form").filter({ has: page.getByRole("switch", { name: /go live when/i }) });
    await delivery.getByRole("switch", { name: /go live when/i }).click();
    await delivery.getByRole("button", { name: /save/i }).click();
    await delivery.getByText("Saved").waitFor();
    expect(await details.inputValue()).toBe("Typed and not saved.");
  } finally {
    await context.close();
  }
});

async function openPage(path: string, signedIn: boolean) {
  const origin = show.server.ready.url;
  const context = await openContext(browser, { origin, signedIn });
  const page = await context.newPage();
  await page.goto(`${origin}${path}`);
  await page.waitForFunction(() => document.documentElement.dataset["hydrated"] === "true");
  return { page, context, origin };
}

/** Requests to these addresses fail from now on, as without a network. Gives the list of those that did. */
async function failing(page: Page, matches: (url: URL) => boolean): Promise<Request[]> {
  const failed: Request[] = [];
  page.on("requestfailed", (request) => {
    if (matches(new URL(request.url()))) failed.push(request);
  });
  await page.route(matches, (route) => route.abort());
  return failed;
}

/** The page believes that it comes back into view. */
async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
}

async function endShow(page: Page, id: string): Promise<void> {
  await page.getByRole("button", { name: /^end/i }).first().click();
  const question = page.getByRole("alertdialog");
  expect(await question.textContent()).toContain("Your encoder stays connected");
  await question.getByRole("button", { name: /^end/i }).click();
  await until(
    "the end",
    // It is archived as soon as its recording is complete, which may be at once.
    async () => /^(ended|archived)$/.test((await show.owner.call<BroadcastView>("GET", `/broadcasts/${id}`)).state),
  );
}
