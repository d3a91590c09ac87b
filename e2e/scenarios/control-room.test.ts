/** The control room: rearranged, run by keys and by name, and what stays open in a long show when requests fail in the background. */
import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { type BroadcastView, goLive, openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

/** One pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

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

test("panels are rearranged by keyboard, stand so after a reload, and lose nothing that was typed in them", async () => {
  const { page, context } = await openPage(`/control/${scheduled.id}`, true);
  try {
    const description = page.getByRole("textbox", { name: /description/i });
    await page.getByRole("button", { name: "Settings of the show" }).click();
    await description.fill("Typed and not saved.");
    await page.getByRole("button", { name: "Settings of the show" }).focus();
    await page.keyboard.press("a");
    await pressButton(page, "Move Settings of the show right");
    await pressButton(page, "Move Settings of the show up");
    await pressButton(page, "Move Health left");
    await pressButton(page, "Hide Share");
    await focused(page, "Show Share");
    await page.getByRole("button", { name: "Done" }).focus();
    await page.keyboard.press("Enter");
    await focused(page, "Arrange the panels");
    const arranged = await placesOf(page);
    expect(arranged[0]).toContain("health");
    expect(arranged[1]).toContain("settings");
    expect(arranged.flat()).not.toContain("share");
    expect(await description.inputValue()).toBe("Typed and not saved.");

    await page.reload();
    await hydrated(page);
    await until("the same places", async () => JSON.stringify(await placesOf(page)) === JSON.stringify(arranged));
    expect(await description.inputValue()).toBe("Typed and not saved.");

    await page.evaluate(() => {
      for (const key of Object.keys(localStorage)) if (key.includes("control.layout")) localStorage.setItem(key, "{");
    });
    await page.reload();
    await hydrated(page);
    await until("every panel at home", async () => (await placesOf(page))[0]?.[0] === "sources");
    expect((await placesOf(page)).flat()).toContain("share");
  } finally {
    await context.close();
  }
});

test("keys act, but not while somebody types, and the palette ends a show by name", async () => {
  const { encoder, broadcast } = await goLive(show);
  const { page, context } = await openPage(`/control/${broadcast.id}`, true);
  try {
    await page.keyboard.press("Shift+?");
    await page.getByRole("dialog").getByText("Mark this moment").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    const field = page.getByRole("textbox", { name: /title of the marker/i });
    await field.pressSequentially("gam");
    expect(await field.inputValue()).toBe("gam");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await field.fill("");
    await field.blur();

    await page.keyboard.press("m");
    const marker = page.getByRole("dialog");
    await marker.getByRole("textbox", { name: /title of the marker/i }).fill("The first question");
    await page.keyboard.press("Enter");
    await page
      .getByRole("list", { name: /marked moments/i })
      .getByText("The first question")
      .waitFor();

    // Neither the key nor what people press next ends the show.
    for (const next of ["Enter", "Space", "g", "Escape"]) {
      await page.keyboard.press("g");
      await page.getByRole("alertdialog").waitFor();
      await page.keyboard.press(next);
      if (next === "g") await page.keyboard.press("Escape");
      await page.getByRole("alertdialog").waitFor({ state: "detached" });
    }
    expect((await show.owner.call<BroadcastView>("GET", `/broadcasts/${broadcast.id}`)).state).toBe("live");

    await page.keyboard.press("Control+k");
    const palette = page.getByRole("combobox", { name: /what to do/i });
    await palette.fill("stop show");
    await page.getByRole("option", { name: /end show/i }).waitFor();
    await page.keyboard.press("Enter");
    const question = page.getByRole("alertdialog");
    await question.getByRole("button", { name: /^end/i }).click();
    await ended(broadcast.id);
  } finally {
    await context.close();
    await encoder.stop();
  }
});

test("a title that was refused stands in its field again, without taking the focus from elsewhere", async () => {
  const { page, context } = await openPage(`/control/${scheduled.id}`, true);
  try {
    await page.route(`**/api/v1/broadcasts/${scheduled.id}`, (route) =>
      route.request().method() === "PATCH" ? route.abort() : route.continue(),
    );
    await page.getByRole("button", { name: /change the title/i }).click();
    const field = page.getByRole("textbox", { name: "Title of the show", exact: true });
    await field.fill("The day after tomorrow");
    await page.getByRole("button", { name: "Settings of the show" }).click();
    await page
      .getByRole("alert")
      .filter({ hasText: /cannot be reached/i })
      .waitFor();
    await field.waitFor();
    expect(await field.inputValue()).toBe("The day after tomorrow");
    expect(await field.evaluate((one) => one === document.activeElement)).toBe(false);
    await page.unroute(`**/api/v1/broadcasts/${scheduled.id}`);
    await field.press("Enter");
    await page.getByRole("heading", { level: 1 }).getByText("The day after tomorrow").waitFor();
    await show.owner.call("PATCH", `/broadcasts/${scheduled.id}`, { title: "Tomorrow's show" });
  } finally {
    await context.close();
  }
});

test("the mark stands in the picture, also where bars are beside it", async () => {
  const { encoder, broadcast } = await goLive(show);
  const origin = show.server.ready.url;
  const form = new FormData();
  form.append("file", new Blob([Buffer.from(PNG, "base64")], { type: "image/png" }), "mark.png");
  const headers = { authorization: `Bearer ${show.owner.accessToken}` };
  const answer = await fetch(`${origin}/api/v1/broadcasts/${broadcast.id}/watermark`, {
    method: "PUT",
    headers,
    body: form,
  });
  expect(answer.status).toBe(200);
  const context = await openContext(browser, { origin, screen: "phone" });
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/embed/${broadcast.id}`);
    await page.locator("[data-watermark] image").waitFor({ state: "attached" });
    for (const screen of [
      { width: 390, height: 844 },
      { width: 844, height: 300 },
    ]) {
      await page.setViewportSize(screen);
      const [left, top] = await page.evaluate(() => {
        const video = document.querySelector("video");
        const mark = document.querySelector("[data-watermark] image")?.getBoundingClientRect();
        if (video === null || mark === undefined) throw new Error("no video, or no mark");
        const place = video.getBoundingClientRect();
        const scale = Math.min(place.width / video.videoWidth, place.height / video.videoHeight);
        const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
        const [x, y] = [place.x + (place.width - width) / 2, place.y + (place.height - height) / 2];
        return [(mark.x - x) / width, (mark.y - y) / height];
      });
      expect([left?.toFixed(2), top?.toFixed(2)]).toEqual(["0.81", "0.04"]);
    }
  } finally {
    await context.close();
    await encoder.stop();
    await show.owner.call("POST", `/broadcasts/${broadcast.id}/end`);
  }
});

test("where no WebSocket passes, the room says so and its figures go on", async () => {
  const { encoder, broadcast } = await goLive(show);
  const origin = show.server.ready.url;
  const context = await openContext(browser, { origin, signedIn: true });
  try {
    const page = await context.newPage();
    // As with a proxy that passes none: the upgrade fails.
    await page.addInitScript(() => {
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
    await page.goto(`${origin}/control/${broadcast.id}`);
    await hydrated(page);
    await page.getByText("Polling").first().waitFor();
    const strip = page.locator("footer").filter({ hasText: "Show time" });
    const shown = async (): Promise<string> =>
      (await strip
        .getByText(/^\d+:\d\d/)
        .first()
        .textContent()) ?? "";
    await until("the first figures", async () => (await shown()) !== "");
    for (let turn = 0; turn < 2; turn += 1) {
      const before = await shown();
      await until("newer figures", async () => (await shown()) !== before);
    }
    await endShow(page, broadcast.id);
  } finally {
    await context.close();
    await encoder.stop();
  }
});

async function pressButton(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
  if (name.startsWith("Move")) await focused(page, name);
}

/** Waits until this button has the focus. */
async function focused(page: Page, name: string): Promise<void> {
  const button = page.getByRole("button", { name, exact: true });
  await until(`the focus on "${name}"`, async () => button.evaluate((one) => one === document.activeElement));
}

/** The panels of each column, from top to bottom. */
const placesOf = (page: Page): Promise<string[][]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("[data-column]")].map((column) =>
      [...column.querySelectorAll<HTMLElement>("[data-panel]")].map((panel) => panel.dataset["panel"] ?? ""),
    ),
  );

async function openPage(path: string, signedIn: boolean) {
  const origin = show.server.ready.url;
  const context = await openContext(browser, { origin, signedIn });
  const page = await context.newPage();
  await page.goto(`${origin}${path}`);
  await hydrated(page);
  return { page, context, origin };
}

async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset["hydrated"] === "true");
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
  await ended(id);
}

async function ended(id: string): Promise<void> {
  await until(
    "the end",
    // It is archived as soon as its recording is complete, which may be at once.
    async () => /^(ended|archived)$/.test((await show.owner.call<BroadcastView>("GET", `/broadcasts/${id}`)).state),
  );
}
