/** A browser that publishes its camera by WebSocket, through the client's own publishing session. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import type { PublishState } from "@rostrum/client/publish-websocket";

/** Flags for a camera and a microphone that nobody has to allow: a moving picture, a beep each second. */
export const CAMERA_FLAGS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

export type BrowserPublisher = Readonly<{
  page: Page;
  /** Every state so far. */
  states(): Promise<readonly PublishState[]>;
  stop(): Promise<void>;
  /** Breaks the present connection off. */
  cut(): Promise<void>;
}>;

type Module = typeof import("@rostrum/client/publish-websocket");
type Tab = { states: PublishState[]; sockets: WebSocket[]; session: { stop(): Promise<void> } };

const FILES = ["publish-policy.ts", "publish-websocket.ts"];

/** `url` is that of the ingest with the key. The page is one of `origin`. */
export async function publishFromBrowser(
  context: BrowserContext,
  origin: string,
  url: string,
): Promise<BrowserPublisher> {
  const page = await context.newPage();
  // Any answer of the site makes its pages' origin; those of the media plane forbid no camera.
  await page.goto(`${origin}/live/none/index.m3u8`);
  await page.evaluate(`{ ${FILES.map(sourceOf).join("\n")}\nglobalThis.publishWebSocket = publishWebSocket; }`);
  await page.evaluate(async (ingest) => {
    const { publishWebSocket } = globalThis as unknown as Module;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true });
    const states: PublishState[] = [];
    const sockets: WebSocket[] = [];
    globalThis.WebSocket = class extends WebSocket {
      constructor(address: string | URL) {
        super(address);
        sockets.push(this);
      }
    };
    const onState = (state: PublishState): void => void states.push(state);
    const session = publishWebSocket({ url: ingest, stream, videoBitsPerSec: 800_000, onState });
    Object.assign(globalThis, { publisherOfTheTest: { states, sockets, session } });
  }, url);
  return {
    page,
    states: () => page.evaluate(() => (globalThis as unknown as { publisherOfTheTest: Tab }).publisherOfTheTest.states),
    stop: () =>
      page.evaluate(() => (globalThis as unknown as { publisherOfTheTest: Tab }).publisherOfTheTest.session.stop()),
    cut: () =>
      page.evaluate(() => {
        (globalThis as unknown as { publisherOfTheTest: Tab }).publisherOfTheTest.sockets.at(-1)?.close(3000);
      }),
  };
}

/** As JavaScript of one scope, without its imports and exports. */
function sourceOf(file: string): string {
  const path = fileURLToPath(new URL(`../../packages/client/src/${file}`, import.meta.url));
  const code = stripTypeScriptTypes(readFileSync(path, "utf8"));
  return code.replaceAll(/^import .*$/gm, "").replaceAll(/^export /gm, "");
}
