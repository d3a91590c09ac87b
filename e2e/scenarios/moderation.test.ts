/** Moderation between three browsers: a viewer's, a moderator's and the creator's. Timed out, appealed, undone; cards, search, rules. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { choose, rowOf, say } from "../lib/chat-page.ts";
import { type BroadcastView, goLiveByTestSignal, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";

const PASSWORD = "correct horse battery";
const VIEWER = "viewer";
const MODERATOR = "helper";

let show: Show;
let browser: Browser;
let live: BroadcastView;
/** Of the same channel, and not on the air. */
let planned: BroadcastView;
let origin: string;
let channelId: string;

beforeAll(async () => {
  show = await openShow({ env: { REGISTRATION: "open" } });
  browser = await openBrowser();
  origin = show.server.ready.url;
  const { call } = show.owner;
  ({ channelId } = show.owner);
  const { id } = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "An evening of questions" });
  live = await goLiveByTestSignal(show.owner, id);
  planned = await call<BroadcastView>("POST", "/broadcasts", { channelId, title: "Another evening" });
  for (const handle of [VIEWER, MODERATOR]) await register(handle);
  await call("POST", `/channels/${channelId}/members`, { handle: MODERATOR, role: "moderator" });
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
});

async function register(handle: string): Promise<void> {
  const answer = await fetch(`${origin}/api/v1/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ email: `${handle}@example.org`, handle, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`registering: ${await answer.text()}`);
}

async function contextOf(handle: string): Promise<BrowserContext> {
  const context = await openContext(browser, { origin });
  const data = { email: `${handle}@example.org`, password: PASSWORD };
  await context.request.post(`${origin}/api/v1/auth/login`, { data, headers: { origin } });
  return context;
}

const creatorContext = (): Promise<BrowserContext> => openContext(browser, { origin, signedIn: true });

async function openPage(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin + path);
  return page;
}

async function openChat(context: BrowserContext): Promise<Page> {
  const page = await openPage(context, `/watch/${live.id}/chat`);
  await page.getByRole("log").waitFor();
  return page;
}

/** The control room of a show with the moderators' desk in view. */
async function openDesk(context: BrowserContext, { id } = live): Promise<Page> {
  const page = await openPage(context, `/control/${id}`);
  await page.getByRole("log").waitFor();
  const title = page.getByRole("button", { name: /^Moderation/, expanded: false });
  // How the room stands is remembered: it may be open already.
  if ((await title.count()) > 0) await title.click();
  await desk(page).getByRole("tab", { name: "Log" }).waitFor();
  return page;
}

const desk = (page: Page) => page.getByRole("tablist", { name: "Moderation" }).locator("..");

async function appeal(viewer: Page, words: string): Promise<void> {
  await viewer.getByRole("button", { name: "Appeal" }).click();
  const dialog = viewer.getByRole("dialog");
  await dialog.getByLabel("Why you should be let back in").fill(words);
  await dialog.getByRole("button", { name: "Send the appeal" }).click();
  await viewer.getByText("Your appeal was sent. A moderator will answer it.").waitFor();
}

test("a viewer is timed out, sees for how long, appeals, and is let back in from the log", async () => {
  await using viewers = await contextOf(VIEWER);
  await using moderators = await contextOf(MODERATOR);
  await using creators = await creatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openDesk(moderators);
  // Whichever show's desk it is: the log and appeals are the channel's.
  const creator = await openDesk(creators, planned);
  await say(viewer, "Buy my coins at once");
  await rowOf(moderator, "Buy my coins").waitFor();
  await choose(moderator, "Buy my coins", "Time out");
  const dialog = moderator.getByRole("alertdialog");
  await dialog.getByLabel("For how long").selectOption("1 hour");
  await dialog.getByLabel("Reason").fill("Advertising");
  await dialog.getByRole("button", { name: "Time out" }).click();
  await dialog.waitFor({ state: "detached" });

  await viewer.getByText(/^You can write in the chat of @mainstage again in/).waitFor();
  expect(await viewer.getByRole("timer").textContent()).toMatch(/^(59:\d\d|1:00:00)$/);
  await viewer.getByText("Reason: Advertising").waitFor();
  await appeal(viewer, "It was a joke, and I am sorry");

  // The creator hears of the appeal, and sees who did what and why.
  await desk(creator)
    .getByRole("tab", { name: /Appeals 1/ })
    .click();
  await desk(creator).getByText("It was a joke, and I am sorry").waitFor();
  await desk(creator).getByRole("tab", { name: "Log" }).click();
  const entry = desk(creator).getByRole("listitem").filter({ hasText: "Timed out" });
  expect(await entry.textContent()).toMatch(/viewer.*Advertising.*helper/);

  await desk(moderator).getByRole("button", { name: "Undo: Timed out viewer" }).click();
  await viewer.getByRole("textbox", { name: "Say something" }).waitFor();
  await entry.getByText("undone", { exact: true }).waitFor();
  expect(await entry.getByRole("button", { name: /Undo/ }).count()).toBe(0);
  // Nobody has to answer it any more.
  await desk(creator).getByRole("tab", { name: "Appeals", exact: true }).click();
  await desk(creator).getByText("the ban is over").waitFor();
});

test("from a name to the person's card: a note, a ban; the appeal is answered, and the answer is read", async () => {
  await using viewers = await contextOf(VIEWER);
  await using creators = await creatorContext();
  const viewer = await openChat(viewers);
  const creator = await openDesk(creators);
  await say(viewer, "Nobody listens to me");
  await rowOf(creator, "Nobody listens").getByRole("button", { name: "viewer" }).click();
  const card = creator.getByRole("dialog", { name: "About this person" });
  await card.getByText("The account was made today.").waitFor();
  await card.getByRole("listitem").filter({ hasText: "Nobody listens to me" }).first().waitFor();

  await card.getByRole("button", { name: "Note", exact: true }).click();
  const asked = creator.getByRole("alertdialog");
  await asked.getByLabel("Note").fill("Was timed out before");
  await asked.getByRole("button", { name: "Save note" }).click();
  await card.getByText("Was timed out before").waitFor();
  const { violations } = await new AxeBuilder({ page: creator }).include('[role="dialog"]').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);

  await card.getByRole("button", { name: "Ban", exact: true }).click();
  await asked.getByLabel("For how long").selectOption("For ever");
  await asked.getByRole("button", { name: "Ban", exact: true }).click();
  await card.getByRole("heading", { name: "Holds now" }).waitFor();
  await card.getByRole("button", { name: "Close" }).click();

  await viewer.getByText("You are banned from writing in the chat of @mainstage. You can go on reading.").waitFor();
  await appeal(viewer, "I did nothing");
  await desk(creator)
    .getByRole("tab", { name: /Appeals/ })
    .click();
  const waiting = desk(creator).getByRole("listitem").filter({ hasText: "I did nothing" });
  await waiting.getByLabel("What viewer will read").fill("Welcome back");
  await waiting.getByRole("button", { name: "Lift the ban" }).click();
  await viewer.getByText("Your appeal was heard: you may write again. Welcome back").waitFor();
  await viewer.getByRole("textbox", { name: "Say something" }).waitFor();
});

test("a reported message that one moderator keeps leaves every queue, for good", async () => {
  await using viewers = await contextOf(VIEWER);
  await using moderators = await contextOf(MODERATOR);
  await using creators = await creatorContext();
  const viewer = await openChat(viewers);
  const moderator = await openDesk(moderators);
  const creator = await openDesk(creators);
  await say(viewer, "A bold opinion");
  await rowOf(moderator, "A bold opinion").waitFor();
  await choose(moderator, "A bold opinion", "Report");
  const asked = moderator.getByRole("alertdialog");
  await asked.getByRole("button", { name: "Report" }).click();
  const queue = (page: Page) => page.getByRole("region", { name: "Waiting for a moderator" });
  await queue(moderator).getByText("A bold opinion").waitFor();
  await queue(creator).getByRole("button", { name: "Keep the message of viewer" }).click();
  await queue(moderator).waitFor({ state: "detached" });
  await desk(moderator).getByRole("listitem").filter({ hasText: "Reported message kept" }).waitFor();
  await creator.reload();
  await rowOf(creator, "A bold opinion").waitFor();
  await desk(creator).getByRole("listitem").filter({ hasText: "Reported message kept" }).waitFor();
  expect(await queue(creator).count()).toBe(0);
});

test("the chat's history is searched by text and author, shows what was said around it, and is a file", async () => {
  await using viewers = await contextOf(VIEWER);
  await using creators = await creatorContext();
  const viewer = await openChat(viewers);
  for (const text of ["before the needle", "a needle in here", "after the needle, nothing"]) {
    await say(viewer, text);
    await rowOf(viewer, text).waitFor();
  }
  const page = await openPage(creators, `/broadcasts/${live.id}/chat`);
  await page.getByLabel("Text", { exact: true }).fill("A NEEDLE");
  await page.getByLabel("Written by").fill("@viewer");
  await page.getByRole("button", { name: "Search" }).click();
  const found = page.getByRole("list", { name: "Messages found" });
  await found.getByText("a needle in here").waitFor();
  await expect.poll(() => found.locator(":scope > li").count()).toBe(1);
  await found.getByRole("button", { name: /Show context/ }).click();
  const around = page.getByRole("list", { name: "What was said around it" });
  await around.getByText("after the needle, nothing").waitFor();
  expect(await around.locator('[aria-current="true"]').textContent()).toContain("a needle in here");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download the whole chat as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`chat-${live.id}.csv`);
  await page.getByLabel("Written by").fill("nobody_at_all");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByText("No message is like this.").waitFor();
});

test("a filter is tried, holds a message in the chat, and is gone again; an emote is added, renamed and deleted", async () => {
  await using viewers = await contextOf(VIEWER);
  await using creators = await creatorContext();
  const page = await openPage(creators, `/channels/${channelId}/chat`);
  await page.getByLabel("Word or phrase").fill("free coins");
  await page.getByRole("button", { name: "Add filter" }).click();
  await page.getByRole("button", { name: "Remove free coins" }).waitFor();
  await page.getByLabel("Try a message").fill("FR33 C0INS for all");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.getByText("Would be held").waitFor();

  const viewer = await openChat(viewers);
  await say(viewer, "free coins here");
  await viewer.getByText("Waits for a moderator. Only you and the crew see it.").waitFor();
  await page.getByRole("button", { name: "Remove free coins" }).click();
  await page.getByText("There are no filters of your own yet.").waitFor();

  // A picture of one pixel.
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const picture = { name: "wave.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") };
  const emotes = page.locator("#emotes");
  await emotes.getByLabel("Name").fill("wave");
  await emotes.getByLabel("Picture").setInputFiles(picture);
  await emotes.getByRole("button", { name: "Add emote" }).click();
  await emotes.getByRole("button", { name: "Rename :wave:" }).click();
  await emotes.getByRole("listitem").getByLabel("Name").fill("hello");
  await emotes.getByRole("button", { name: "Save" }).click();
  await emotes.getByRole("button", { name: "Delete :hello:" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete emote" }).click();
  await emotes.getByText("There are no emotes yet.").waitFor();

  await page.locator("#rules").getByLabel("Who may write").selectOption("Followers");
  await page.locator("#rules").getByRole("button", { name: "Save" }).click();
  await page.locator("#rules").getByText("Saved").waitFor();
  await viewer.getByText("Followers only").waitFor();
});

test("one's own colour is chosen in the chat, and everybody sees it from then on", async () => {
  await using viewers = await contextOf(VIEWER);
  await using creators = await creatorContext();
  await show.owner.call("PATCH", `/channels/${channelId}/chat-settings`, { mode: "everybody" });
  const viewer = await openChat(viewers);
  const creator = await openChat(creators);
  await viewer.getByRole("button", { name: "Chat settings" }).click();
  await viewer.getByRole("menuitem", { name: "Your name and mentions" }).click();
  const dialog = viewer.getByRole("dialog", { name: "Your name and mentions" });
  for (const name of ["Coral", "Violet"]) {
    await dialog.getByText(name, { exact: true }).click();
    await expect.poll(() => dialog.getByRole("radio", { name }).isChecked()).toBe(true);
  }
  await dialog.getByRole("switch", { name: "Mark messages that mention me" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  await say(viewer, "In violet @mainstage");
  const name = rowOf(creator, "In violet").getByText("viewer", { exact: true });
  expect(await name.evaluate((element) => element.getAttribute("style"))).toContain("light-dark(");
});

test("whoever is made a moderator can moderate at once, and not any more once they are dismissed", async () => {
  await register("chosen");
  await using viewers = await contextOf(VIEWER);
  await using chosens = await contextOf("chosen");
  const [viewer, chosen] = [await openChat(viewers), await openChat(chosens)];
  await say(viewer, "Somebody should look after this chat");
  const { call } = show.owner;
  const pins = async (): Promise<number> => {
    // A row that was drawn anew below a pointer that rests notices it when it moves.
    await chosen.mouse.move(0, 0);
    await rowOf(chosen, "Somebody should").hover();
    await rowOf(chosen, "Somebody should").getByRole("button", { name: "More" }).click();
    const found = await chosen.getByRole("menuitem", { name: "Pin" }).count();
    await chosen.keyboard.press("Escape");
    return found;
  };
  expect(await pins()).toBe(0);
  type Member = Readonly<{ accountId: string }>;
  const body = { handle: "chosen", role: "moderator" };
  const { accountId } = await call<Member>("POST", `/channels/${channelId}/members`, body);
  await expect.poll(pins, { timeout: 20_000 }).toBe(1);
  await chosen.mouse.move(0, 0);
  await choose(chosen, "Somebody should", "Pin");
  await viewer.getByText("A message was pinned.").first().waitFor();
  await call("DELETE", `/channels/${channelId}/members/${accountId}`);
  await expect.poll(pins, { timeout: 20_000 }).toBe(0);
});
