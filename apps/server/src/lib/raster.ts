/** Untrusted pictures become small, plain WebP files. */
import sharp from "sharp";

/** Target box in pixels. `cover`, as without `fit`: the picture is cut to fill it; `inside`: it keeps its proportions. Never enlarged. */
export type Box = Readonly<{ widthPx: number; heightPx: number; fit?: "cover" | "inside" }>;

export type RasterResult =
  | { readonly ok: true; readonly webp: Uint8Array; readonly widthPx: number; readonly heightPx: number }
  | { readonly ok: false; readonly reason: string };

const MAX_PIXELS = 50_000_000; // a 50-megapixel camera; decoded it is 200 MB, once
/** So few pixels that faces and letters are not in them. */
const BLUR = { widthPx: 16, heightPx: 9, sigma: 0.8 } as const;
const ACCEPTED = "Send a JPEG, PNG, WebP or AVIF picture.";

/**
 * Re-encodes a JPEG, PNG, WebP or AVIF picture as WebP without any metadata. What it is, is read from its bytes: names and declared types
 * do not count, and other formats (SVG among them) never reach a decoder. Of an animation the first frame is taken.
 */
export async function reencodeRaster(bytes: Uint8Array, box: Box): Promise<RasterResult> {
  const format = sniffRaster(bytes);
  if (format === null) return { ok: false, reason: `This is not a picture that can be used. ${ACCEPTED}` };
  try {
    const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error", pages: 1 });
    const found = (await picture.metadata()).format;
    if (found !== (format === "avif" ? "heif" : format)) return { ok: false, reason: ACCEPTED };
    const { data, info } = await picture
      .rotate() // as the camera was held, before its note of that is dropped
      .resize(box.widthPx, box.heightPx, { fit: box.fit ?? "cover", withoutEnlargement: true })
      .webp({ quality: 82 })
      .toBuffer({ resolveWithObject: true });
    return { ok: true, webp: data, widthPx: info.width, heightPx: info.height };
  } catch (error) {
    const tooLarge = error instanceof Error && error.message.includes("pixel limit");
    if (tooLarge) return { ok: false, reason: `The picture has more than ${MAX_PIXELS / 1_000_000} million pixels.` };
    return { ok: false, reason: `The picture is damaged. ${ACCEPTED}` };
  }
}

/**
 * A picture that we have stored, as a few soft colours: nothing of what it shows can be made out again, however far it is enlarged.
 * @throws {Error} it cannot be read
 */
export async function blurRaster(bytes: Uint8Array): Promise<Uint8Array> {
  const { widthPx, heightPx, sigma } = BLUR;
  const small = await sharp(bytes, { limitInputPixels: MAX_PIXELS, pages: 1 })
    .resize(widthPx, heightPx, { fit: "cover" })
    .blur(sigma)
    .toColourspace("srgb")
    .png()
    .toBuffer();
  return sharp(small).webp({ quality: 60 }).toBuffer();
}

/** Null when it is none of the four. An `ftyp` box is AVIF by its major brand (av1-avif §6). */
export function sniffRaster(bytes: Uint8Array): "jpeg" | "png" | "webp" | "avif" | null {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp";
  if (text(4, 8) === "ftyp" && (text(8, 12) === "avif" || text(8, 12) === "avis")) return "avif";
  return null;
}

/**
 * The pixels of an SVG that we made ourselves, three bytes each, without padding.
 * @throws {Error} it cannot be drawn
 */
export async function drawSvg(svg: string, { widthPx, heightPx }: Box): Promise<Uint8Array> {
  const picture = sharp(Buffer.from(svg)).resize(widthPx, heightPx, { fit: "fill" }).removeAlpha();
  return picture.toColourspace("srgb").raw().toBuffer();
}
