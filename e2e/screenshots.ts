/**
 * `npm run screenshots`: makes the pictures of docs/screenshots from a running installation with four computed shows.
 * Every picture is to be looked at before it is committed.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { enliven, joinAll } from "./lib/audience.ts";
import { openBrowser } from "./lib/browser.ts";
import { type Encoder, startCopy } from "./lib/encoder.ts";
import { type Picture, renderPicture } from "./lib/pictures.ts";
import { type BroadcastView, ingestUrl, openShow } from "./lib/show.ts";
import { openContext, type Scheme, type Screen } from "./lib/sign-in.ts";
import { until } from "./lib/wait.ts";

const folder = fileURLToPath(new URL("../docs/screenshots", import.meta.url));
mkdirSync(folder, { recursive: true });

type Sample = Readonly<{
  handle: string;
  channel: string;
  title: string;
  category: string;
  language: string;
  picture: Picture;
  description: string;
}>;

// prettier-ignore
const SAMPLES: readonly Sample[] = [
  { handle: "nightshift", channel: "Night Shift Radio", title: "Slow electronics until sunrise", category: "music", language: "en", picture: "dusk",
    description: "Four hours of ambient and slow techno, mixed live.\n\nTracklist in the notes after the show." },
  { handle: "deepwater", channel: "Deep Water Lab", title: "Reef camera, 12 m down", category: "education", language: "en", picture: "lagoon",
    description: "The camera at the reef station, with a talk every full hour." },
  { handle: "infinite", channel: "Infinite Zoom", title: "Down the Mandelbrot set", category: "arts", language: "en", picture: "fractal",
    description: "One long zoom, computed as you watch." },
  { handle: "cellular", channel: "Zelluläre Automaten", title: "Game of Life mit Verfall", category: "technology", language: "de", picture: "cells",
    description: "Regeln, Varianten und warum daraus nie Ruhe wird." },
];

const films = mkdtempSync(path.join(os.tmpdir(), "rostrum-pictures-"));
const filmOf = new Map(SAMPLES.map(({ picture }) => [picture, renderPicture(films, picture)]));
await using show = await openShow({ env: { LOG_LEVEL: "error", REGISTRATION: "open" } });
const { owner, server } = show;
const origin = server.ready.url;
const encoders: Encoder[] = [];
const browser = await openBrowser();
try {
  const channelIds: string[] = [];
  for (const sample of SAMPLES) {
    const { handle, channel, title, category, language, description } = sample;
    const { id } = await owner.call<{ id: string }>("POST", "/channels", {
      handle,
      title: channel,
      category,
      language,
    });
    channelIds.push(id);
    const { key } = await owner.call<{ key: string }>("POST", `/channels/${id}/keys/primary/rotate`);
    await owner.call("POST", "/broadcasts", { channelId: id, title, category, language, description });
    encoders.push(startCopy(ingestUrl(server, key), filmOf.get(sample.picture) ?? ""));
  }
  const upcoming = (title: string, hours: number): Promise<unknown> =>
    owner.call("POST", "/broadcasts", {
      channelId: owner.channelId,
      title,
      startAt: new Date(Date.now() + hours * 3_600_000).toISOString(),
    });
  await upcoming("Building a weather station, part 3", 3);
  await upcoming("Open questions, open microphones", 27);
  const live = await until("four live shows", async () => {
    const { items } = await owner.call<{ items: BroadcastView[] }>("GET", "/broadcasts?view=live");
    return items.length === SAMPLES.length && items;
  });
  const main = live.find((item) => item.title === SAMPLES[0]?.title);
  if (main === undefined) throw new Error("the first show is not live");

  const webinar = await owner.call<BroadcastView>("POST", "/broadcasts", {
    channelId: owner.channelId,
    title: "How a weather station is built",
    description: "From the sensor to the chart, with time for questions.",
    startAt: new Date(Date.now() + 50 * 3_600_000).toISOString(),
  });
  const fields = [{ id: "company", kind: "text", label: "School or company", required: false, options: [] }];
  await owner.call("PATCH", `/broadcasts/${webinar.id}/registration-settings`, { mode: "required", fields });
  const members = await joinAll(origin, ["aurora", "basalt", "cobalt", "dune", "ember"]);

  const channelId = channelIds[0] ?? "";

  // Somebody watches, so that figures are there.
  const audience = await openContext(browser, { origin });
  const seat = await audience.newPage();
  await seat.goto(`${origin}/watch/${main.id}`);
  await enliven({ owner, members, broadcastId: main.id, channelId });
  await owner.call("POST", `/broadcasts/${main.id}/markers`, { title: "First record" });
  await seat.waitForTimeout(60_000);

  const pages: ReadonlyArray<Readonly<{ name: string; path: string; signedIn: boolean; settleMs: number }>> = [
    { name: "discover", path: "/", signedIn: false, settleMs: 2500 },
    { name: "watch", path: `/watch/${main.id}`, signedIn: false, settleMs: 6000 },
    { name: "control", path: `/control/${main.id}`, signedIn: true, settleMs: 12_000 },
    { name: "chat", path: `/watch/${main.id}/chat`, signedIn: true, settleMs: 3000 },
    { name: "chat-settings", path: `/channels/${channelId}/chat`, signedIn: true, settleMs: 2500 },
    { name: "analytics", path: `/broadcasts/${main.id}/analytics`, signedIn: true, settleMs: 3000 },
    { name: "webinar-register", path: `/register/${webinar.id}`, signedIn: false, settleMs: 2000 },
    { name: "media-settings", path: `/channels/${channelId}/settings#quality`, signedIn: true, settleMs: 2500 },
  ];
  for (const { name, path: pagePath, signedIn, settleMs } of pages) {
    for (const screen of ["desktop", "phone"] as const satisfies readonly Screen[]) {
      for (const scheme of ["light", "dark"] as const satisfies readonly Scheme[]) {
        const context = await openContext(browser, { origin, screen, scheme, signedIn });
        // The watch page and the control room are dark unless somebody chose: a chosen scheme is what is shown here.
        await context.addCookies([{ name: "rostrum_theme", value: scheme, url: origin }]);
        const page = await context.newPage();
        await page.goto(`${origin}${pagePath}`);
        await page.waitForTimeout(settleMs);
        if (name === "watch") await page.mouse.move(300, 300);
        await page.screenshot({ path: path.join(folder, `${name}-${scheme}-${screen}.png`) });
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
  for (const encoder of encoders) await encoder.stop();
  rmSync(films, { recursive: true });
}
console.log(`Screenshots are in ${path.relative(process.cwd(), folder)}`);
