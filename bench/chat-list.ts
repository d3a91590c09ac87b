/**
 * What a flood of chat costs the page that shows it: Chromium with the chat in a window of its own, quiet and flooded phases in turn.
 * Main thread time of the page and frames that came late, per phase. Options: --per-sec 200, --seconds 10, --rounds 2.
 */
import { randomUUID } from "node:crypto";
import type { CDPSession, Page } from "playwright-core";
import { WebSocket } from "ws";
import { openBrowser } from "../e2e/lib/browser.ts";
import { goLiveByTestSignal, openShow, type Show } from "../e2e/lib/show.ts";
import { openContext } from "../e2e/lib/sign-in.ts";
import { option, report, round } from "./lib/report.ts";

const perSec = option("per-sec", 200);
const seconds = option("seconds", 10);
const rounds = option("rounds", 2);
/** The gateway takes 20 a second from one socket. */
const PER_SOCKET = 16;
const LATE_MS = 50;
const TEXT = "A message of about the length that people write in a chat, with a name and a question? ";

type Cost = Readonly<{ mainThreadMsPerSec: number; frames: number; lateFrames: number; longestFrameMs: number }>;

class Speaker {
  readonly #ws: WebSocket;
  acknowledged = 0;
  refused = 0;

  constructor(url: string, token: string) {
    this.#ws = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    this.#ws.on("message", (data: Buffer) => {
      for (const { type } of JSON.parse(data.toString()) as { type: string }[]) {
        if (type === "ack") this.acknowledged += 1;
        if (type === "nack") this.refused += 1;
      }
    });
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => this.#ws.once("open", resolve).once("error", reject));
  }

  say(broadcastId: string, n: number): void {
    const body = { broadcastId, text: `${TEXT}${n}` };
    this.#ws.send(JSON.stringify({ type: "send", id: randomUUID(), action: "chat.send", body }));
  }

  close(): void {
    this.#ws.terminate();
  }
}

async function speakersOf({ server, owner }: Show): Promise<Speaker[]> {
  const url = `${server.ready.url.replace(/^http/, "ws")}/realtime`;
  const all = Array.from({ length: Math.ceil(perSec / PER_SOCKET) }, () => new Speaker(url, owner.accessToken));
  await Promise.all(all.map((one) => one.opened()));
  return all;
}

/** Everybody speaks in turn until `isOver`. */
async function flood(speakers: readonly Speaker[], broadcastId: string, isOver: () => boolean): Promise<void> {
  const began = performance.now();
  for (let n = 0; !isOver(); n += 1) {
    speakers[n % speakers.length]?.say(broadcastId, n);
    const due = began + ((n + 1) * 1000) / perSec;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  }
}

async function mainThreadMs(cdp: CDPSession): Promise<number> {
  const { metrics } = (await cdp.send("Performance.getMetrics")) as { metrics: { name: string; value: number }[] };
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
}

/** Watches the page for so many seconds. */
async function costOf(page: Page, cdp: CDPSession): Promise<Cost> {
  const before = await mainThreadMs(cdp);
  const gaps = await page.evaluate(
    (ms) =>
      new Promise<number[]>((resolve) => {
        const [began, all] = [performance.now(), [] as number[]];
        let last = began;
        const frame = (): void => {
          const now = performance.now();
          all.push(now - last);
          last = now;
          if (now - began < ms) requestAnimationFrame(frame);
          else resolve(all);
        };
        requestAnimationFrame(frame);
      }),
    seconds * 1000,
  );
  return {
    mainThreadMsPerSec: round(((await mainThreadMs(cdp)) - before) / seconds),
    frames: gaps.length,
    lateFrames: gaps.filter((gap) => gap > LATE_MS).length,
    longestFrameMs: round(Math.max(...gaps)),
  };
}

await using show = await openShow({ env: { LOG_LEVEL: "error" } });
const browser = await openBrowser();
const { owner, server } = show;
const made = await owner.call<{ id: string }>("POST", "/broadcasts", {
  channelId: owner.channelId,
  title: "A flood",
  reconnectWindowSec: 1800,
});
const { id } = await goLiveByTestSignal(owner, made.id);
// The chat needs no picture: what it costs is left to the page.
await owner.call("POST", `/broadcasts/${id}/test-signal`, { on: false });
const speakers = await speakersOf(show);
const phases: { quiet: Cost[]; sampled: Cost[]; all: Cost[] } = { quiet: [], sampled: [], all: [] };
try {
  const context = await openContext(browser, { origin: server.ready.url });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  await page.goto(`${server.ready.url}/watch/${id}/chat`);
  await page.getByRole("log").waitFor();
  for (let turn = 0; turn < rounds; turn += 1) {
    phases.quiet.push(await costOf(page, cdp));
    let isOver = false;
    const flooding = flood(speakers, id, () => isOver);
    await page.getByText(/^Very busy: showing 1 of/).waitFor();
    phases.sampled.push(await costOf(page, cdp));
    await page.getByRole("button", { name: "Show all" }).click();
    phases.all.push(await costOf(page, cdp));
    await page.getByRole("button", { name: "Show fewer" }).click();
    isOver = true;
    await flooding;
    await page.getByText(/^Very busy/).waitFor({ state: "detached" });
  }
} finally {
  await browser.close();
  for (const one of speakers) one.close();
}
const sum = (of: (one: Speaker) => number): number => speakers.reduce((total, one) => total + of(one), 0);
const counts = { acknowledged: sum((one) => one.acknowledged), refused: sum((one) => one.refused) };
if (counts.refused > 0)
  throw new Error(`${counts.refused} messages were refused: it was no flood of ${perSec} a second`);
report("chat-list", { perSec, seconds, ...counts, ...phases });
