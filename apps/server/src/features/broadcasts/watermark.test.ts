/** The mark in the corner of a show's picture, over HTTP with the real store and blobs. */
import { WATERMARK_LIMITS } from "@rostrum/contract/broadcasts";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openShow, type Person, type Show } from "./testing.ts";

let show: Show;
let owner: Person;
let id: string;
let channelId: string;
beforeAll(async () => {
  show = await openShow();
  const channel = await show.channel("marked");
  channelId = channel.id;
  owner = channel.people.owner;
  const { body } = await owner.call("POST", "/broadcasts", { channelId, title: "With a mark", visibility: "unlisted" });
  id = String(body["id"]);
});
afterAll(() => show.close());

async function picture(widthPx: number, heightPx: number): Promise<FormData> {
  const background = { r: 255, g: 255, b: 255, alpha: 0.5 };
  const png = await sharp({ create: { width: widthPx, height: heightPx, channels: 4, background } })
    .png()
    .toBuffer();
  return formOf(new Uint8Array(png), "image/png");
}

function formOf(bytes: Uint8Array<ArrayBuffer>, type: string): FormData {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type }), "mark.png");
  return form;
}

const put = (form: unknown) => owner.call("PUT", `/broadcasts/${id}/watermark`, form);

test("what is no picture is refused, also when it says that it is one", async () => {
  const svg = new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>");
  expect((await put(formOf(svg, "image/png"))).code).toBe("unsupported_media");
  expect((await put({})).code).toBe("unsupported_media");
  const large = await put(formOf(new Uint8Array(WATERMARK_LIMITS.maxBytes + 1), "image/png"));
  expect([large.code, large.body["error"]]).toMatchObject([
    "too_large",
    { message: "The picture may have 2 MB at most." },
  ]);
});

test("a mark keeps its proportions and its transparency, and everybody who sees the show sees it", async () => {
  const { status, body } = await put(await picture(1000, 100));
  expect([status, body["watermark"]]).toMatchObject([200, { corner: "top-right" }]);
  const { url } = body["watermark"] as { url: string };
  const served = await show.anonymous("GET", url);
  expect(served.headers["content-type"]).toBe("image/webp");
  expect(await sharp(served.raw).metadata()).toMatchObject({ format: "webp", width: 480, height: 48, hasAlpha: true });
});

test("it moves to another corner, is replaced, and its picture goes with it", async () => {
  const first = (await put(await picture(100, 100))).body["watermark"] as { url: string };
  const moved = await owner.call("PATCH", `/broadcasts/${id}`, { watermarkCorner: "bottom-left" });
  expect(moved.body["watermark"]).toEqual({ url: first.url, corner: "bottom-left" });
  expect((await owner.call("PATCH", `/broadcasts/${id}`, { watermarkCorner: "middle" })).code).toBe("invalid_input");

  const second = (await put(await picture(50, 50))).body["watermark"] as { url: string };
  expect((await show.anonymous("GET", first.url)).status).toBe(404);
  const none = await owner.call("DELETE", `/broadcasts/${id}/watermark`);
  expect([none.body["watermark"], none.body["watermarkCorner"]]).toEqual([null, "bottom-left"]);
  expect((await show.anonymous("GET", second.url)).status).toBe(404);
});

test("a show that is deleted takes its mark with it", async () => {
  const { url } = (await put(await picture(50, 50))).body["watermark"] as { url: string };
  expect((await owner.call("DELETE", `/broadcasts/${id}`)).status).toBe(204);
  expect((await show.anonymous("GET", url)).status).toBe(404);
});
