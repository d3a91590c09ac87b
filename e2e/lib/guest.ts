/** Guests of a room: each a page of Chromium with an unmodified livekit-client, on an origin of its own. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { openBrowser } from "./browser.ts";
import { openFirefoxPage } from "./firefox.ts";
import {
  type CameraWishes,
  joinAsGuest,
  type GuestInPage,
  type GuestPage,
  type RoomWishes,
  type Seen,
  type SentLayer,
  type Source,
} from "./guest-page.ts";
import type { Rooms, TokenWishes } from "./rooms.ts";
import { until } from "./wait.ts";

declare global {
  var guest: GuestInPage;
}

const DIST = fileURLToPath(new URL("../../node_modules/livekit-client/dist/", import.meta.url));
const PAGE =
  "<!doctype html><title>Guest</title><style>body{margin:0;display:flex;flex-wrap:wrap}video{display:block}</style>" +
  '<script src="/livekit-client.umd.js"></script>';
const CAPTURE = ["--use-fake-ui-for-media-stream"];

/** A browser with fake camera and microphone, and the server of its page. @param fps of the fake camera */
export async function openGuestBrowser(fps = 20): Promise<GuestBrowser> {
  const files = createServer((request, response) => {
    const name = /^\/(livekit-client[\w.]*\.js)$/.exec(request.url ?? "")?.[1];
    if (name === undefined) return void response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    readFile(DIST + name).then(
      (body) => response.writeHead(200, { "content-type": "text/javascript" }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  const browser = await openBrowser([...CAPTURE, `--use-fake-device-for-media-stream=fps=${fps}`]);
  return new GuestBrowser(browser, `http://127.0.0.1:${(files.address() as AddressInfo).port}/`, async () => {
    await browser.close();
    files.closeAllConnections();
    files.close();
  });
}

export type GuestWishes = RoomWishes & Readonly<{ token?: TokenWishes }>;

export class GuestBrowser {
  readonly close: () => Promise<void>;
  readonly #browser: Browser;
  readonly #origin: string;

  constructor(browser: Browser, origin: string, close: () => Promise<void>) {
    this.#browser = browser;
    this.#origin = origin;
    this.close = close;
  }

  /** Joins with a page of its own. @throws {Error} it may not join */
  async join(rooms: Rooms, room: string, identity: string, wishes: GuestWishes = {}): Promise<Guest> {
    return joinWith(await this.openPage(), rooms, room, identity, wishes);
  }

  /** The same with a Firefox of its own. @param program from `findFirefox` */
  async joinWithFirefox(program: string, rooms: Rooms, room: string, identity: string): Promise<Guest> {
    return joinWith(await openFirefoxPage(program, this.#origin), rooms, room, identity, {});
  }

  /** A page that has livekit-client and nothing else. */
  async openPage(): Promise<GuestPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(this.#origin);
    return {
      // Ours says the same in fewer types.
      evaluate: (run: never, arg?: never) => page.evaluate(run, arg) as never,
      close: () => context.close(),
    };
  }
}

/** With adaptive stream and dynacast on, unless told otherwise. */
async function joinWith(
  page: GuestPage,
  rooms: Rooms,
  room: string,
  identity: string,
  { token: about, ...own }: GuestWishes,
): Promise<Guest> {
  const token = await rooms.token(identity, room, about);
  const wishes = { adaptiveStream: true, dynacast: true, ...own };
  try {
    await page.evaluate(joinAsGuest, { url: rooms.url, token, wishes });
  } catch (error) {
    await page.close();
    throw error;
  }
  return new Guest(identity, page);
}

export class Guest {
  readonly identity: string;
  readonly page: GuestPage;
  /** What it publishes, as long as it tells us. */
  readonly sources = new Set<Source>();

  constructor(identity: string, page: GuestPage) {
    this.identity = identity;
    this.page = page;
  }

  async microphone(): Promise<string> {
    const sid = await this.page.evaluate(() => guest.microphone());
    this.sources.add("microphone");
    return sid;
  }

  /** 960x540 in three layers unless told otherwise. */
  async camera(codec: CameraWishes["codec"], change: Partial<CameraWishes> = {}): Promise<string> {
    const wishes = { codec, widthPx: 960, heightPx: 540, fps: 20, ...change };
    const sid = await this.page.evaluate((arg) => guest.camera(arg), wishes);
    this.sources.add("camera");
    return sid;
  }

  async screen(codec: CameraWishes["codec"]): Promise<string> {
    const sid = await this.page.evaluate((arg) => guest.screen(arg), codec);
    this.sources.add("screen_share");
    return sid;
  }

  seen(): Promise<Seen[]> {
    return this.page.evaluate(() => guest.seen());
  }

  sent(): Promise<SentLayer[]> {
    return this.page.evaluate(() => guest.sent());
  }

  told(): Promise<string[]> {
    return this.page.evaluate(() => guest.told);
  }

  /** Waits until the room has told this, also before now. */
  async hears(line: string): Promise<void> {
    await until(`${this.identity} hears "${line}"`, async () => (await this.told()).includes(line));
  }

  async show(widthPx: number, identity?: string): Promise<void> {
    await this.page.evaluate((arg) => guest.show(arg.widthPx, arg.identity), { widthPx, identity });
  }

  forgetGaps(): Promise<void> {
    return this.page.evaluate(() => guest.forgetGaps());
  }

  send(text: string, options: { reliable: boolean; topic?: string; to?: string[] }): Promise<void> {
    return this.page.evaluate((arg) => guest.send(arg.text, arg.options), { text, options });
  }

  reconnect(scenario: Parameters<GuestInPage["reconnect"]>[0]): Promise<number> {
    return this.page.evaluate((arg) => guest.reconnect(arg), scenario);
  }
}

/** Somebody in a room, with a browser or without. */
export interface Present {
  readonly identity: string;
  /** What it publishes. */
  readonly sources: ReadonlySet<Source>;
  seen(): Promise<ReadonlyArray<Pick<Seen, "identity" | "source" | "sid" | "progress">>>;
}

/** A track that has to come: whose, and which. */
const nameOf = ({ identity, source }: Pick<Seen, "identity" | "source">): string => `${identity}'s ${source}`;

/**
 * Waits until everybody gets everything that the others publish, and nothing else: from now on each picture goes on and each sound has
 * energy. @throws {Error} naming who misses what
 */
export async function allGetAll(guests: readonly Present[], withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  const before = new Map<Present, Map<string, number>>();
  for (const one of guests) before.set(one, await progressOf(one));
  let missing: string[] = [];
  while (performance.now() < end) {
    missing = [];
    for (const one of guests) missing.push(...(await missingOf(one, guests, before.get(one) ?? new Map())));
    if (missing.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`not everybody gets everything within ${withinMs} ms: ${missing.join("; ")}`);
}

/** By sid: a track that came anew begins from nothing. */
async function progressOf(one: Present): Promise<Map<string, number>> {
  return new Map((await one.seen()).map(({ sid, progress }) => [sid, progress]));
}

async function missingOf(one: Present, guests: readonly Present[], before: Map<string, number>): Promise<string[]> {
  const seen = await one.seen();
  const going = new Set(seen.filter((it) => it.progress > (before.get(it.sid) ?? 0)).map(nameOf));
  const others = guests.filter(({ identity }) => identity !== one.identity);
  const wanted = others.flatMap(({ identity, sources }) => [...sources].map((source) => nameOf({ identity, source })));
  const tooMuch = seen.map(nameOf).filter((name) => !wanted.includes(name));
  return [
    ...wanted.filter((name) => !going.has(name)).map((name) => `${one.identity} misses ${name}`),
    ...tooMuch.map((name) => `${one.identity} still has ${name}`),
  ];
}

/** Waits until what `viewer` sees of this camera is `widthPx` wide and goes on. */
export async function seesWidth(viewer: Guest, identity: string, widthPx: number, withinMs = 30_000): Promise<void> {
  const camera = async (): Promise<Seen | undefined> =>
    (await viewer.seen()).find((one) => one.identity === identity && one.source === "camera");
  let first: number | undefined;
  await until(
    `${viewer.identity} sees ${identity} ${widthPx} wide`,
    async () => {
      const now = await camera();
      if (now?.widthPx !== widthPx) return false;
      first ??= now.progress;
      return now.progress > first;
    },
    withinMs,
  );
}
