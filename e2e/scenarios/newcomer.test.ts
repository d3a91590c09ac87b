/** The first ten minutes of a creator, in the browser alone: set-up, control room, encoder, live, a viewer, the end. */
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startEncoder } from "../lib/encoder.ts";
import { OWNER } from "../lib/owner.ts";
import { startServer } from "../lib/server.ts";
import { openContext } from "../lib/sign-in.ts";
import { openViewer } from "../lib/watch.ts";

test("from the set-up link to a watched show and its end", async () => {
  const server = await startServer();
  const browser = await openBrowser();
  const { url: origin, setupUrl = "" } = server.ready;
  const context = await openContext(browser, { origin });
  const page = await context.newPage();
  try {
    await page.goto(setupUrl);
    await page.getByLabel(/e-?mail/i).fill(OWNER.email);
    await page.getByLabel(/handle/i).fill(OWNER.handle);
    await page.getByLabel(/^password/i).fill(OWNER.password);
    await page.getByRole("button", { name: /create|continue|next/i }).click();
    // The last step leads to the control room, whatever the first signal is.
    await page
      .getByRole("link", { name: /control room/i })
      .or(page.getByRole("button", { name: /control room/i }))
      .first()
      .click();
    await page.waitForURL(/\/control\//);
    const id = page.url().split("/").at(-1) ?? "";

    // Nothing is connected: the room says how. The key is shown after the password was given again.
    await page.getByRole("region", { name: "Sources" }).getByRole("button", { name: "Connect an encoder" }).click();
    await page.getByRole("button", { name: "Reveal" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/password/i).fill(OWNER.password);
    await dialog.getByRole("button", { name: /reveal|show/i }).click();
    const shown = page.getByTestId("stream-key-primary");
    await shown.waitFor();
    const key = await shown.evaluate((node) =>
      node instanceof HTMLInputElement ? node.value : (node.textContent ?? ""),
    );
    expect(key.length).toBeGreaterThan(16);

    const encoder = startEncoder(`rtmp://127.0.0.1:${server.ready.ports["rtmp"]}/live/${key}`);
    try {
      // The encoder goes live by itself: that is the default.
      await page.getByRole("button", { name: /^end/i }).first().waitFor({ timeout: 30_000 });
      const stranger = await openContext(browser, { origin });
      const viewer = await openViewer(stranger, `${origin}/watch/${id}`);
      const first = (await viewer.read()).currentTimeSec;
      await expect
        .poll(async () => (await viewer.read()).currentTimeSec, { timeout: 20_000 })
        .toBeGreaterThan(first + 3);

      await page.getByRole("button", { name: /^end/i }).first().click();
      await page.getByRole("alertdialog").or(page.getByRole("dialog")).getByRole("button", { name: /end/i }).click();
      await expect
        .poll(async () => (await (await fetch(`${origin}/api/v1/broadcasts/${id}`)).json()) as { state: string })
        .toMatchObject({ state: expect.stringMatching(/^(ended|archived)$/) });
      await viewer.page
        .getByText(/ended|is over/i)
        .first()
        .waitFor({ timeout: 30_000 });
      await stranger.close();
    } finally {
      await encoder.stop();
    }
  } finally {
    await browser.close();
    await server.dispose();
  }
});

test("the test signal needs no encoder at all", async () => {
  const server = await startServer();
  const browser = await openBrowser();
  try {
    const { setUp } = await import("../lib/owner.ts");
    const owner = await setUp(server);
    const { id } = await owner.call<{ id: string }>("POST", "/broadcasts", {
      channelId: owner.channelId,
      title: "Test",
    });
    const { url: origin } = server.ready;
    const context = await openContext(browser, { origin, signedIn: true });
    const page = await context.newPage();
    await page.goto(`${origin}/control/${id}`);
    await page
      .getByRole("switch", { name: /test signal/i })
      .or(page.getByRole("button", { name: /test signal/i }))
      .first()
      .click();
    await page
      .getByRole("button", { name: /go live/i })
      .first()
      .click({ timeout: 30_000 });
    await page
      .getByRole("alertdialog")
      .or(page.getByRole("dialog"))
      .getByRole("button", { name: /go live/i })
      .click();
    await page.getByRole("button", { name: /^end/i }).first().waitFor({ timeout: 30_000 });
    const viewer = await openViewer(context, `${origin}/watch/${id}`);
    expect((await viewer.read()).firstFrameAtMs).not.toBeNull();
  } finally {
    await browser.close();
    await server.dispose();
  }
});
