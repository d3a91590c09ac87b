import sharp from "sharp";
import { expect, test } from "vitest";
import { reencodeRaster } from "./raster.ts";

const box = { widthPx: 1280, heightPx: 720 };
const picture = (widthPx: number, heightPx: number) =>
  sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: "#c03040" } });

const encoder = new TextEncoder();
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>`;

test.each<[string, Uint8Array]>([
  ["nothing", new Uint8Array()],
  ["an SVG", encoder.encode(svg)],
  ["an SVG with an XML declaration", encoder.encode(`<?xml version="1.0"?>${svg}`)],
  ["HTML", encoder.encode("<!doctype html><p>hello")],
  ["a GIF", await picture(10, 10).gif().toBuffer()],
  ["a TIFF", await picture(10, 10).tiff().toBuffer()],
])("%s is refused", async (_, bytes) => {
  expect(await reencodeRaster(bytes, box)).toEqual({
    ok: false,
    reason: "This is not a picture that can be used. Send a JPEG, PNG, WebP or AVIF picture.",
  });
});

test("a picture that is cut off is refused", async () => {
  const whole = await sharp({
    create: {
      width: 400,
      height: 400,
      channels: 3,
      background: "#fff",
      noise: { type: "gaussian", mean: 90, sigma: 40 },
    },
  })
    .png()
    .toBuffer();
  const result = await reencodeRaster(whole.subarray(0, 20_000), box);
  expect(result).toEqual({ ok: false, reason: "The picture is damaged. Send a JPEG, PNG, WebP or AVIF picture." });
});

test("a picture that is huge when decoded is refused", async () => {
  const bomb = await picture(8000, 8000).png().toBuffer();
  const result = await reencodeRaster(bomb, box);
  expect(result).toEqual({ ok: false, reason: "The picture has more than 50 million pixels." });
});

test.each([
  ["jpeg", await picture(2000, 2000).jpeg().toBuffer()],
  ["png", await picture(2000, 2000).png().toBuffer()],
  ["webp", await picture(2000, 2000).webp().toBuffer()],
  ["avif", await picture(2000, 2000).avif({ effort: 0 }).toBuffer()],
])("a %s is cut to the box as WebP", async (_, bytes) => {
  const result = await reencodeRaster(bytes, box);
  expect(result).toMatchObject({ ok: true, widthPx: 1280, heightPx: 720 });
});

test("a small picture is not enlarged", async () => {
  const result = await reencodeRaster(await picture(320, 180).png().toBuffer(), box);
  expect(result).toMatchObject({ ok: true, widthPx: 320, heightPx: 180 });
});

test("metadata does not survive", async () => {
  const withExif = await picture(320, 180)
    .withExif({ IFD0: { Copyright: "a private note" } })
    .jpeg()
    .toBuffer();
  const result = await reencodeRaster(withExif, box);
  expect(withExif.includes("a private note")).toBe(true);
  expect(result.ok && Buffer.from(result.webp).includes("a private note")).toBe(false);
  expect(result.ok && (await sharp(result.webp).metadata()).exif).toBe(undefined);
});
