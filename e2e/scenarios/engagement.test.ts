/** Polls, questions, reactions, hands, announcements and handouts between three browsers: a creator's in the control room, and two viewers'. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext, type Screen } from "../lib/sign-in.ts";

const PASSWORD = "correct horse battery";
const HANDLES = ["robin", "alex"] as const;
type Handle = (typeof HANDLES)[number];

let show: Show;
let browser: Browser;
let live: BroadcastView;
let origin: string;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  browser = await openBrowser();
  origin = show.server.ready.url;
  const { call, channelId } = show.owner;
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "An evening of questions" });
  live = await goLiveByTestSignal(show.owner, id);
  for (const handle of HANDLES) {
    const answer = await fetch(`${origin}/api/v1/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ email: emailOf(handle), handle, password: PASSWORD }),
    });
    if (!answer.ok) throw new Error(`registering: ${await answer.text()}`);
  }
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

const emailOf = (handle: Handle): string => `${handle}@example.org`;

async function viewerContext(handle: Handle, screen: Screen = "desktop"): Promise<BrowserContext> {
  const context = await openContext(browser, { origin, screen });
  await context.request.post(`${origin}/api/v1/auth/login`, {
    data: { email: emailOf(handle), password: PASSWORD },
    headers: { origin },
  });
  return context;
}

async function watch(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/watch/${live.id}`);
  await page.getByRole("log").waitFor();
  return page;
}

/** The control room with these of its panels open. */
async function control(context: BrowserContext, ...panels: readonly string[]): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/control/${live.id}`);
  for (const name of panels) await desk(page, name).getByRole("button", { name, expanded: false }).click();
  return page;
}

const desk = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const openTab = (page: Page, name: string) => page.locator("[role=tab]:visible").filter({ hasText: name }).click();
const settings = (changes: object) => show.owner.call("PATCH", `/channels/${show.owner.channelId}/engagement`, changes);

/** By the API. Answers its id. */
async function openPoll(values: object): Promise<string> {
  const { call } = show.owner;
  const path = `/broadcasts/${live.id}/polls`;
  const { id } = await call<{ id: string }>("POST", path, { options: ["Yes", "No"], ...values });
  await call("POST", `${path}/${id}/open`);
  return id;
}

async function startPoll(page: Page, question: string, options: readonly string[]): Promise<void> {
  await desk(page, "Polls").getByRole("button", { name: "New poll" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Question").fill(question);
  for (const [index, option] of options.entries()) {
    if (index > 1) await dialog.getByRole("button", { name: "Add option" }).click();
    await dialog.getByLabel(`Option ${index + 1}`, { exact: true }).fill(option);
  }
  await dialog.getByRole("button", { name: "Start now" }).click();
  await dialog.waitFor({ state: "detached" });
}

test("a poll is started, voted in by two, and ended; the overlay shows it", async () => {
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using first = await viewerContext("robin");
  await using second = await viewerContext("alex");
  await using obs = await openContext(browser, { origin });
  const [creator, robin, alex] = [await control(creators, "Polls"), await watch(first), await watch(second)];
  await startPoll(creator, "Which <b>colour</b>?", ["Red", "Green", "Blue"]);

  await openTab(robin, "Polls");
  const poll = robin.getByRole("article", { name: "Which <b>colour</b>?" });
  await poll.getByRole("radio", { name: "Green" }).check();
  await poll.getByRole("button", { name: "Vote", exact: true }).click();
  await poll.getByRole("listitem").filter({ hasText: "Green" }).getByText("100%").waitFor();
  await openTab(alex, "Polls");
  const other = alex.getByRole("article", { name: "Which <b>colour</b>?" });
  await other.getByText("Red", { exact: true }).click();
  await other.getByRole("button", { name: "Vote", exact: true }).click();
  await poll.getByRole("listitem").filter({ hasText: "Red" }).getByText("50%").waitFor();
  await desk(creator, "Polls").getByText("2 people voted").waitFor();

  const overlay = await obs.newPage();
  await overlay.goto(`${origin}/embed/${live.id}/poll`);
  await overlay.getByRole("heading", { name: "Which <b>colour</b>?" }).waitFor();
  await overlay.getByText("2 people voted").waitFor();
  expect(await overlay.getByRole("button").count()).toBe(0);

  await desk(creator, "Polls").getByRole("button", { name: "End poll" }).click();
  await poll.getByText("Closed").waitFor();
  expect(await poll.getByRole("button").count()).toBe(0);
  await overlay.getByText("Closed").waitFor();
  const csv = await desk(creator, "Polls").getByRole("link", { name: "CSV" }).getAttribute("href");
  expect(await (await creators.request.get(`${origin}${csv}`)).text()).toContain('"Green",1,0.5');
});

test("a vote can be changed, results that come later stay hidden, and a reload knows what one voted", async () => {
  await using first = await viewerContext("robin");
  const robin = await watch(first);
  const { call } = show.owner;
  const id = await openPoll({ question: "Shall we go on?", results: "after" });
  await openTab(robin, "Polls");
  const poll = robin.getByRole("article", { name: "Shall we go on?" });
  await poll.getByRole("radio", { name: "Yes" }).check();
  await poll.getByRole("button", { name: "Vote", exact: true }).click();
  await poll.getByText("The results come when the poll has ended.").waitFor();
  await poll.getByRole("button", { name: "Change vote" }).click();
  await poll.getByRole("radio", { name: "No" }).check();
  await poll.getByRole("button", { name: "Vote", exact: true }).click();
  await poll.getByRole("listitem").filter({ hasText: "No" }).getByText("Your choice").waitFor();
  await robin.reload();
  await openTab(robin, "Polls");
  await poll.getByRole("listitem").filter({ hasText: "No" }).getByText("Your choice").waitFor();
  expect(await poll.getByText("%").count()).toBe(0);
  await call("POST", `/broadcasts/${live.id}/polls/${id}/close`);
  await poll.getByRole("listitem").filter({ hasText: "No" }).getByText("100%").waitFor();
});

test("the crew hides the results while people vote, and shows them again", async () => {
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using first = await viewerContext("robin");
  const [creator, robin] = [await control(creators, "Polls"), await watch(first)];
  await openPoll({ question: "Now or later?" });
  const desks = desk(creator, "Polls").getByRole("listitem").filter({ hasText: "Now or later?" });
  await openTab(robin, "Polls");
  const poll = robin.getByRole("article", { name: "Now or later?" });
  await poll.getByRole("radio", { name: "Yes" }).check();
  await poll.getByRole("button", { name: "Vote", exact: true }).click();
  await poll.getByText("100%").waitFor();
  await desks.getByRole("button", { name: "Hide results until the end" }).click();
  await poll.getByText("The results come when the poll has ended.").waitFor();
  expect(await poll.getByText("%").count()).toBe(0);
  await desks.getByText("1 person voted").waitFor();
  await desks.getByRole("button", { name: "Show results now" }).click();
  await poll.getByText("100%").waitFor();
});

test("a question is asked, approved, voted for, answered live and in text", async () => {
  await settings({ questionsApproved: true });
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using first = await viewerContext("robin");
  await using second = await viewerContext("alex");
  const [creator, robin, alex] = [await control(creators, "Questions"), await watch(first), await watch(second)];
  const text = "How does <img src=x onerror=alert(1)> work?";
  await openTab(robin, "Questions");
  await robin.getByRole("textbox", { name: "Ask a question" }).fill(text);
  await robin.getByRole("button", { name: "Ask", exact: true }).click();
  await robin.getByText("Waits for the crew").waitFor();
  await openTab(alex, "Questions");
  expect(await alex.getByText(text).count()).toBe(0);

  const questions = desk(creator, "Questions");
  await questions.getByText(text).waitFor();
  await questions.getByRole("button", { name: "Approve" }).click();
  await robin.getByText("Waits for the crew").waitFor({ state: "detached" });
  await alex.getByRole("button", { name: `Vote for: ${text}` }).click();
  await robin.getByRole("button", { name: `Vote for: ${text}, 1 vote` }).waitFor();

  await questions.getByRole("button", { name: "Pin on top for everybody" }).click();
  await alex.getByRole("region", { name: "Pinned" }).getByText(text).waitFor();

  await questions.getByRole("button", { name: "Answer live" }).click();
  await alex.getByText("Being answered in the show now").waitFor();
  await questions.getByRole("button", { name: "Answer in text" }).click();
  await questions.getByLabel("Answer", { exact: true }).fill("Not at all.\nIt is text.");
  await questions.getByRole("button", { name: "Publish answer" }).click();
  await alex.getByRole("region", { name: "Pinned" }).getByText("It is text.").waitFor();
  await alex.getByText("Being answered in the show now").waitFor({ state: "detached" });
  await questions.getByText("Answered · 1").click();
  await questions.getByRole("button", { name: "Take it down from the top" }).click();
  await alex.getByRole("region", { name: "Pinned" }).waitFor({ state: "detached" });
  await settings({ questionsApproved: false });
});

test("a question that is not taken up says so; one that is refused loses nothing", async () => {
  await settings({ questionsApproved: true, questionsPerPerson: 1 });
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using first = await viewerContext("alex");
  const [creator, alex] = [await control(creators, "Questions"), await watch(first)];
  await openTab(alex, "Questions");
  const field = alex.getByRole("textbox", { name: "Ask a question" });
  await field.fill("Is this the place?");
  await alex.getByRole("button", { name: "Ask", exact: true }).click();
  await alex.getByText("Waits for the crew").waitFor();
  await field.fill("And this?");
  await alex.getByRole("button", { name: "Ask", exact: true }).click();
  await alex.getByRole("alert").filter({ hasText: "A question of yours waits for an answer" }).waitFor();
  expect(await field.inputValue()).toBe("And this?");
  await openTab(alex, "Chat");
  await openTab(alex, "Questions");
  expect(await field.inputValue()).toBe("And this?");

  const row = desk(creator, "Questions").getByRole("listitem").filter({ hasText: "Is this the place?" });
  await row.getByRole("button", { name: "Dismiss" }).click();
  await alex.getByText("Was not taken up").waitFor();
  await alex.getByRole("button", { name: "Do not show it any longer" }).click();
  await alex.getByText("Was not taken up").waitFor({ state: "detached" });
  await settings({ questionsApproved: false, questionsPerPerson: 3 });
});

test("a reaction rises over another viewer's picture, also from somebody without an account, and takes no clicks", async () => {
  await using strangers = await openContext(browser, { origin });
  await using second = await viewerContext("alex");
  const [stranger, alex] = [await watch(strangers), await watch(second)];
  const rising = alex.locator("[data-reaction='🎉']").first();
  const seen = rising.waitFor({ state: "attached" });
  await stranger.getByRole("button", { name: "React: party" }).click();
  await seen;
  expect(await rising.evaluate((one) => getComputedStyle(one.parentElement!).pointerEvents)).toBe("none");
  // It goes by itself.
  await rising.waitFor({ state: "detached" });
});

test("an announcement is seen and heard by all, and stays closed for who closed it", async () => {
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using first = await viewerContext("robin", "phone");
  await using second = await viewerContext("alex");
  const [creator, robin, alex] = [await control(creators, "Announcements"), await watch(first), await watch(second)];
  const announcements = desk(creator, "Announcements");
  await announcements.getByLabel("Say to everybody").fill("We begin again in five minutes");
  await announcements.getByLabel("Shown for").selectOption("Until it is closed");
  await announcements.getByRole("button", { name: "Show", exact: true }).click();
  const banner = (page: Page) => page.getByRole("region", { name: "Announcements" });
  for (const page of [robin, alex]) {
    await banner(page).getByText("We begin again in five minutes").waitFor();
    const heard = page.getByRole("status").filter({ hasText: "Announcement: We begin again" });
    await heard.waitFor({ state: "attached" });
  }
  await banner(robin).getByRole("button", { name: "Close the announcement" }).click();
  await banner(robin).waitFor({ state: "detached" });
  await robin.reload();
  await robin.getByRole("log").waitFor();
  expect(await banner(robin).count()).toBe(0);
  await announcements.getByRole("button", { name: "Take it off the screens" }).click();
  await banner(alex).waitFor({ state: "detached" });
});

test("hands go up and down; a call to action leads away safely and is counted", async () => {
  await settings({ hands: true });
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using first = await viewerContext("robin");
  const [creator, robin] = [await control(creators, "Raised hands", "Handouts"), await watch(first)];
  await robin.getByRole("button", { name: "Raise hand" }).click();
  const hands = desk(creator, "Raised hands");
  await hands.getByText("@robin").waitFor();
  await hands.getByRole("button", { name: "Lower the hand of robin" }).click();
  await robin.getByRole("button", { name: "Raise hand" }).waitFor();

  const handouts = desk(creator, "Handouts");
  await handouts.getByRole("button", { name: "New handout" }).click();
  const dialog = creator.getByRole("dialog");
  await dialog.getByText("Call to action", { exact: true }).click();
  await dialog.getByLabel("Title").fill("The book");
  await dialog.getByLabel("Address").fill("javascript:alert(1)");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("a link that begins with https://").waitFor();
  await dialog.getByLabel("Address").fill("https://example.org/book");
  await dialog.getByRole("button", { name: "Save" }).click();
  const link = robin.getByRole("complementary", { name: "From the show" }).getByRole("link", { name: "Open" });
  expect(await link.getAttribute("rel")).toContain("noopener noreferrer");
  expect(await link.getAttribute("target")).toBe("_blank");
  await robin.getByRole("button", { name: "Close “The book”" }).click();
  await robin.getByRole("complementary", { name: "From the show" }).waitFor({ state: "detached" });
  // Still in the list.
  await robin.getByRole("heading", { name: "Handouts" }).waitFor();
});

test("where no WebSocket passes, one votes and asks by polling", async () => {
  await using first = await viewerContext("alex");
  const alex = await first.newPage();
  // As a proxy does it: the upgrade is never answered.
  await alex.addInitScript(() => {
    globalThis.WebSocket = class extends EventTarget {
      readonly readyState = 3;
      constructor() {
        super();
        setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 })));
      }
      send(): void {}
      close(): void {}
    } as unknown as typeof WebSocket;
  });
  await alex.goto(`${origin}/watch/${live.id}`);
  await openPoll({ question: "Do you hear me?" });
  await openTab(alex, "Polls");
  const poll = alex.getByRole("article", { name: "Do you hear me?" });
  await poll.getByRole("radio", { name: "Yes" }).check();
  await poll.getByRole("button", { name: "Vote", exact: true }).click();
  await poll.getByRole("listitem").filter({ hasText: "Yes" }).getByText("100%").waitFor();
  await openTab(alex, "Questions");
  await alex.getByRole("textbox", { name: "Ask a question" }).fill("By post?");
  await alex.getByRole("button", { name: "Ask", exact: true }).click();
  await alex.getByText("Your question is in the list.").waitFor();
});

test("an overlay of a private show reads along by its address; one without comes back when it may", async () => {
  const change = (visibility: string) => show.owner.call("PATCH", `/broadcasts/${live.id}`, { visibility });
  await openPoll({ question: "Who is there?" });
  await change("private");
  await using creators = await openContext(browser, { origin, signedIn: true });
  await using obs = await openContext(browser, { origin });
  const creator = await control(creators, "Polls");
  const address = desk(creator, "Polls").getByText(`/embed/${live.id}/poll?token=`);
  await address.waitFor();
  const [withToken, without] = [await obs.newPage(), await obs.newPage()];
  await without.goto(`${origin}/embed/${live.id}/poll`);
  const { pathname, search } = new URL(await address.innerText());
  await withToken.goto(origin + pathname + search);
  await withToken.getByRole("heading", { name: "Who is there?" }).waitFor();
  expect(await without.getByRole("heading", { name: "Who is there?" }).count()).toBe(0);
  for (const what of ["chat", "tips"]) {
    const answer = await withToken.goto(`${origin}/embed/${live.id}/${what}${search}`);
    expect(answer?.status()).toBe(200);
  }
  await change("public");
  await without.getByRole("heading", { name: "Who is there?" }).waitFor();
});

test("an overlay that is opened before anybody may know of the show is there once they may", async () => {
  const { call, channelId } = show.owner;
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "Next week" });
  const path = `/broadcasts/${id}/polls`;
  const poll = await call<{ id: string }>("POST", path, { question: "Which day?", options: ["Monday", "Friday"] });
  await call("POST", `${path}/${poll.id}/open`);
  await using obs = await openContext(browser, { origin });
  const overlay = await obs.newPage();
  expect((await overlay.goto(`${origin}/embed/${id}/poll`))?.status()).toBe(404);
  await call("PATCH", `/broadcasts/${id}`, { startAt: new Date(Date.now() + 86_400_000).toISOString() });
  await overlay.getByRole("heading", { name: "Which day?" }).waitFor();
});

test("a browser that keeps no cookies follows a show for adults by what it plays with", async () => {
  const change = (ageRestricted: boolean) => show.owner.call("PATCH", `/broadcasts/${live.id}`, { ageRestricted });
  await openPoll({ question: "Still here?" });
  await change(true);
  await using strangers = await openContext(browser, { origin });
  const page = await strangers.newPage();
  await page.route("**/api/v1/age-consents", async (route) => {
    const answer = await route.fetch();
    await strangers.clearCookies();
    const { "set-cookie": _, ...headers } = answer.headers();
    await route.fulfill({ status: answer.status(), headers, body: await answer.text() });
  });
  await page.goto(`${origin}/watch/${live.id}`);
  await page.getByRole("button", { name: "I am 18 or older" }).click();
  await openTab(page, "Polls");
  await page.getByRole("article", { name: "Still here?" }).waitFor();
  expect((await strangers.cookies()).map(({ name }) => name)).not.toContain("rostrum_age");
  await change(false);
});

test("polls, questions and the strips under the picture are accessible, on a desk and on a phone, and fit", async () => {
  await show.owner.call("POST", `/broadcasts/${live.id}/announcements`, { text: "A word to all", durationSec: null });
  await openPoll({ question: "Is it easy to read?", multiple: true });
  for (const [screen, handle] of [
    ["desktop", "robin"],
    ["narrow", "alex"],
  ] as const) {
    await using viewers = await viewerContext(handle, screen);
    const page = await watch(viewers);
    for (const tab of ["Polls", "Questions"]) {
      await openTab(page, tab);
      await page.getByRole("region", { name: tab, exact: true }).waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [tab, id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  }
});

test("the crew's desks and the window in which a poll is written are accessible", async () => {
  await using creators = await openContext(browser, { origin, signedIn: true });
  const names = ["Questions", "Polls", "Raised hands", "Announcements", "Handouts", "What viewers may do"];
  const page = await control(creators, ...names);
  await openPoll({ question: "Is it easy to run?" });
  await desk(page, "Polls").getByRole("listitem").first().waitFor();
  const look = async (): Promise<unknown[]> =>
    (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
  expect(await look()).toEqual([]);
  await desk(page, "Polls").getByRole("button", { name: "New poll" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start now" }).click();
  // A question that is missing is said at its field, and the window stays.
  await page.getByRole("dialog").getByText("This cannot be empty.").first().waitFor();
  expect(await look()).toEqual([]);
});
