/** oEmbed answers for watch and embed pages. Pure. oEmbed 1.0 §2.3. */
import type { Broadcast, OEmbed } from "@rostrum/contract/broadcasts";
import { POSTER_LIMITS } from "@rostrum/contract/channels";

const DEFAULT_WIDTH_PX = 1280;
const MIN_WIDTH_PX = 160;
const PATH = /^\/(?:watch|embed)\/([0-9a-hjkmnp-tv-z]{20})\/?$/;

/** The broadcast that a page address of this site is about; null for any other address. */
export function broadcastIdOf(address: string, origins: readonly string[]): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (!origins.some((origin) => URL.canParse(origin) && new URL(origin).origin === url.origin)) return null;
  return PATH.exec(url.pathname)?.[1] ?? null;
}

export type EmbedOptions = Readonly<{
  publicUrl: string;
  providerName: string;
  maxWidthPx?: number | undefined;
  maxHeightPx?: number | undefined;
}>;

export function embedOf(broadcast: Broadcast, options: EmbedOptions): OEmbed {
  const { publicUrl } = options;
  const { width, height } = sizeOf(options);
  // A blur is no picture of it, and anything else is not for whoever comes by.
  const posterUrl = broadcast.ageRestricted ? null : broadcast.posterUrl;
  const picture = posterUrl === null ? null : `${publicUrl}${posterUrl}`;
  return {
    version: "1.0",
    type: "video",
    title: broadcast.title,
    author_name: broadcast.channel.title,
    author_url: `${publicUrl}/@${broadcast.channel.handle}`,
    provider_name: options.providerName,
    provider_url: publicUrl,
    ...(picture === null
      ? {}
      : {
          thumbnail_url: picture,
          thumbnail_width: POSTER_LIMITS.widthPx,
          thumbnail_height: POSTER_LIMITS.heightPx,
        }),
    html: `<iframe src="${escaped(`${publicUrl}/embed/${broadcast.id}`)}" width="${width}" height="${height}" title="${escaped(broadcast.title)}" style="border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`,
    width,
    height,
  };
}

/** 16:9 within the wanted box. */
function sizeOf({ maxWidthPx, maxHeightPx }: EmbedOptions): { width: number; height: number } {
  const fits = Math.min(DEFAULT_WIDTH_PX, maxWidthPx ?? DEFAULT_WIDTH_PX, ((maxHeightPx ?? 720) * 16) / 9);
  const width = Math.max(Math.min(MIN_WIDTH_PX, maxWidthPx ?? MIN_WIDTH_PX), Math.floor(fits));
  return { width, height: Math.round((width * 9) / 16) };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
