/** The player's menu and statistics, as a viewer uses and reads them; and what its <video> went through. */
import type { Page } from "playwright-core";
import { until } from "./wait.ts";

export type Delivered = Readonly<{ source: string; latencySec: number; size: string; stalls: number }>;

/** Chooses an entry of the player's menu that begins with `name`. */
export async function choose(page: Page, name: string): Promise<void> {
  await page.mouse.move(200, 200);
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: new RegExp(`^${name}`) }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
}

/** What the statistics say; they must be open (key S). */
export async function statistics(page: Page): Promise<Delivered> {
  const values = await page
    .locator("dl > div")
    .evaluateAll((rows) =>
      rows.map(
        (row) => [row.querySelector("dt")?.textContent ?? "", row.querySelector("dd")?.textContent ?? ""] as const,
      ),
    );
  const found = new Map(values);
  return {
    source: found.get("Source") ?? "",
    latencySec: Number.parseFloat(found.get("Latency → target") ?? "NaN"),
    size: found.get("Picture") ?? "",
    stalls: Number.parseInt(found.get("Stalls") ?? "NaN", 10),
  };
}

/** Waits until the statistics name this source, "Realtime" or "HLS". */
export async function deliveredBy(page: Page, source: string, withinMs = 60_000): Promise<void> {
  await until(`${source}`, async () => (await statistics(page)).source.startsWith(source), withinMs);
}

/** `breaks`: the element was given another source, ended or failed; `seeks`: its position jumped. NaN when it is another element. */
export type ElementLog = Readonly<{ breaks: number; seeks: number; stalls: number }>;

/** From now on counts what the <video> goes through. */
export async function watchElement(page: Page): Promise<() => Promise<ElementLog>> {
  await page.evaluate(() => {
    const video = document.querySelector("video");
    const log = { breaks: 0, seeks: 0, stalls: 0 };
    (globalThis as unknown as { __element: unknown }).__element = { video, log };
    for (const name of ["emptied", "ended", "error"]) video?.addEventListener(name, () => (log.breaks += 1));
    video?.addEventListener("seeking", () => (log.seeks += 1));
    video?.addEventListener("waiting", () => (log.stalls += video.seeking ? 0 : 1));
  });
  return () =>
    page.evaluate(() => {
      const known = globalThis as unknown as { __element: { video: HTMLVideoElement; log: ElementLog } };
      const { video, log } = known.__element;
      return video === document.querySelector("video") ? log : { breaks: Number.NaN, seeks: 0, stalls: 0 };
    });
}
