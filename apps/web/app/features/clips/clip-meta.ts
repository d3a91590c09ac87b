/** Link previews of a clip. ogp.me; Twitter player card. */
import type { Clip } from "@rostrum/contract/clips";
import type { MetaDescriptor } from "react-router";
import { absolute, pageMeta, type Site } from "../../lib/meta.ts";

type Translate = (key: string, values: Record<string, string>) => string;

/** Clips of unlisted and private shows stay out of search engines. */
export function clipMeta(site: Site, clip: Clip, t: Translate): MetaDescriptor[] {
  const { id, title, broadcastTitle, channel, thumbnailUrl, mp4Url, widthPx, heightPx, visibility, ageRestricted } =
    clip;
  const video = mp4Url === null || ageRestricted ? null : absolute(site, mp4Url);
  const description = t("clips:description", { show: broadcastTitle, channel: channel.title });
  return [
    ...pageMeta(site, {
      title,
      description,
      path: `/clip/${id}`,
      image: ageRestricted ? null : thumbnailUrl,
      hidden: visibility !== "public",
    }),
    ...(ageRestricted ? [{ name: "rating", content: "adult" }] : []),
    { property: "og:type", content: "video.other" },
    ...(video === null
      ? []
      : [
          { property: "og:video", content: video },
          ...(video.startsWith("https:") ? [{ property: "og:video:secure_url", content: video }] : []),
          { property: "og:video:type", content: "video/mp4" },
        ]),
    ...(widthPx === null ? [] : [{ property: "og:video:width", content: String(widthPx) }]),
    ...(heightPx === null ? [] : [{ property: "og:video:height", content: String(heightPx) }]),
    { name: "twitter:card", content: "summary_large_image" },
  ];
}
