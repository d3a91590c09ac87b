/** The webhooks of a channel by its settings page, with a real receiver on this machine. */
import { createHmac } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../lib/browser.ts";
import { openShow, type Show } from "../lib/show.ts";
import { openContext } from "../lib/sign-in.ts";
import { until } from "../lib/wait.ts";

type Received = Readonly<{ headers: http.IncomingHttpHeaders; body: string }>;

let show: Show;
let browser: Browser;
let receiver: http.Server;
const got: Received[] = [];
let status = 200;

beforeAll(async () => {
  receiver = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      got.push({ headers: req.headers, body: Buffer.concat(chunks).toString() });
      res.writeHead(status).end("<b>thank you</b>");
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, "127.0.0.1", resolve));
  show = await openShow({ env: { OUTBOUND_ALLOW: "127.0.0.1, port:1024-65535" } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await show[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  receiver.close();
});

const received = (count: number): Promise<Received> =>
  until(`${count} requests`, () => got.length >= count && got.at(-1));

/** As its specification says, written here once more. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const wanted = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  return String(headers["webhook-signature"]).split(" ").includes(wanted);
}

async function choose(page: Page, action: string): Promise<void> {
  await page.getByRole("button", { name: "More about Our site" }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

/** The secret that the open dialog shows this once. */
async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog", { name: "Copy the secret now" });
  const secret = (await dialog.getByText(/^whsec_/).textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  return secret;
}

test("a webhook from its making to its end: secret, test, log, replay, pause, deletion", async () => {
  const origin = show.server.ready.url;
  const { port } = receiver.address() as AddressInfo;
  await using owners = await openContext(browser, { origin, signedIn: true });
  const page = await owners.newPage();
  await page.goto(`${origin}/channels/${show.owner.channelId}/settings`);
  await page.locator("html[data-hydrated]").waitFor();
  const section = page.locator("#webhooks");
  await section.getByRole("button", { name: "New webhook" }).click();
  const form = page.getByRole("dialog", { name: "New webhook" });
  await form.getByLabel("Address").fill("http://10.0.0.1/hook");
  await form.getByLabel("What it is for").fill("Our site");
  await form.getByRole("button", { name: "Create webhook" }).click();
  // Refused in words, and nothing that was typed is lost.
  await form.getByLabel("Address").and(page.locator("[aria-invalid=true]")).waitFor();
  expect(await form.getByLabel("What it is for").inputValue()).toBe("Our site");
  await form.getByLabel("Address").fill(`http://127.0.0.1:${port}/hook`);
  await form.getByRole("button", { name: "Create webhook" }).click();
  const secret = await takeSecret(page);
  expect(await page.getByText(secret).count()).toBe(0);

  await choose(page, "Send a test");
  const test = await received(1);
  expect(isSigned(test, secret)).toBe(true);
  await section.getByRole("button", { name: "Deliveries of Our site" }).click();
  const log = page.getByRole("dialog", { name: "Deliveries" });
  const row = log.getByRole("listitem").filter({ hasText: "Delivered" }).first();
  await row.getByText("Answer 200").waitFor();
  await row.getByRole("button").first().click();
  // What the receiver said is text.
  await row.getByText("<b>thank you</b>").waitFor();
  await row.getByText("webhook.test").waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  status = 500;
  await row.getByRole("button", { name: "Send again" }).click();
  const replayed = await received(2);
  expect(replayed.headers["webhook-id"]).toBe(test.headers["webhook-id"]);
  await log.getByRole("listitem").filter({ hasText: "The answer was 500." }).waitFor();
  await log.getByRole("radio", { name: "Waiting" }).click();
  await log.getByRole("listitem").getByText("Replay").first().waitFor();
  await page.keyboard.press("Escape");
  await section.getByText("Failing").waitFor();

  status = 200;
  await choose(page, "Replace the secret");
  await page.getByRole("alertdialog").getByRole("button", { name: "Replace the secret" }).click();
  const fresh = await takeSecret(page);
  const before = got.length;
  await choose(page, "Send a test");
  const both = await until("the second test", () =>
    got.slice(before).find(({ headers }) => headers["webhook-id"] !== test.headers["webhook-id"]),
  );
  expect([isSigned(both, secret), isSigned(both, fresh)]).toEqual([true, true]);

  status = 410;
  await choose(page, "Send a test");
  await section.getByText("Its receiver answered 410").waitFor({ timeout: 60_000 });
  await section.getByText("Paused").waitFor();
  await choose(page, "Switch on");
  await section.getByText("Paused").waitFor({ state: "detached" });

  await choose(page, "Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete webhook" }).click();
  await section.getByText("There are none yet.").waitFor();
});
