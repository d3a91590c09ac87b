/** A show that not everybody may see: a stranger is told so, a member watches on when the token in the address is renewed. */
import { expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { startClockEncoder } from "../lib/encoder.ts";
import { goLive, openShow } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";
import { openViewer } from "../lib/watch.ts";

test("a member watches on while the token is renewed, a stranger gets no media", async () => {
  await using show = await openShow();
  const { encoder, broadcast } = await goLive(show, startClockEncoder);
  await show.owner.call("PATCH", `/broadcasts/${broadcast.id}`, { visibility: "private" });
  const origin = show.server.ready.url;
  const browser = await openBrowser();
  try {
    expect((await fetch(`${origin}/live/${broadcast.id}/index.m3u8`)).status).toBe(403);

    const member = await openContext(browser, { origin, signedIn: true });
    const watchUrl = `${origin}/watch/${broadcast.id}`;
    const soon = new Date(Date.now() + 30_000).toISOString();
    // The page believes that its first token ends soon; the token itself is good for hours.
    await member.route(watchUrl, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/(tokenExpiresAt\\*",\\*")[^"\\]+/, `$1${soon}`);
      expect(body).toContain(soon);
      await route.fulfill({ response, body });
    });
    const tokens: string[] = [];
    member.on("request", (request) => {
      const token = new URL(request.url()).searchParams.get("t");
      if (token !== null && request.url().includes("/live/")) tokens.push(token);
    });
    const viewer = await openViewer(member, watchUrl);
    const element = await viewer.page.$("video");
    await until("a second token", () => new Set(tokens).size === 2, 30_000);
    const before = await viewer.read();
    tokens.length = 0;
    await viewer.page.waitForTimeout(5000);
    const after = await viewer.read();
    expect(new Set(tokens).size).toBe(1);
    expect(await element?.evaluate((node) => node.isConnected)).toBe(true);
    expect(after.currentTimeSec).toBeGreaterThan(before.currentTimeSec + 3);
    expect(after.stalls).toBe(before.stalls);
  } finally {
    await browser.close();
    await encoder.stop();
  }
});
