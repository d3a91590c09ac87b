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
}>;

type Module = typeof import("@rostrum/client/publish-websocket");
type Tab = { states: PublishState[]; session: { stop(): Promise<void> } };

const FILES = ["publish-websocket.ts", "publish-policy.ts"];
const PAGE = "/publisher-of-the-test";
const HTML = `<title>Publisher</title><script type="module">
import { publishWebSocket } from "/${FILES[0]}";
Object.assign(globalThis, { publishWebSocket });
</script>`;

/** `url` is that of the ingest with the key. The page is one of `origin`. */
export async function publishFromBrowser(
  context: BrowserContext,
  origin: string,
  url: string,
): Promise<BrowserPublisher> {
  const page = await context.newPage();
  await page.route(`${origin}${PAGE}`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<title>.</title>" }),
  );
  for (const file of FILES) {
    await page.route(`${origin}/${file}`, (route) =>
      route.fulfill({ contentType: "text/javascript", body: sourceOf(file) }),
    );
  }
  await page.goto(`${origin}${PAGE}`);
  await page.waitForFunction(() => "publishWebSocket" in globalThis);
  await page.evaluate(async (ingest) => {
    const { publishWebSocket } = globalThis as unknown as Module;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true });
    const states: PublishState[] = [];
    const onState = (state: PublishState): void => void states.push(state);
    const session = publishWebSocket({ url: ingest, stream, videoBitsPerSec: 800_000, onState });
    Object.assign(globalThis, { publisherOfTheTest: { states, session } });
  }, url);
  return {
    page,
    states: () => page.evaluate(() => (globalThis as unknown as { publisherOfTheTest: Tab }).publisherOfTheTest.states),
    stop: () =>
      page.evaluate(() => (globalThis as unknown as { publisherOfTheTest: Tab }).publisherOfTheTest.session.stop()),
  };
}

/** As JavaScript that a page can load. */
function sourceOf(file: string): string {
  const path = fileURLToPath(new URL(`../../packages/client/src/${file}`, import.meta.url));
  return stripTypeScriptTypes(readFileSync(path, "utf8"));
}
