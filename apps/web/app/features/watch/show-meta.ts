/** Link previews of a show: its picture, a player for those who take one, and where oEmbed is. ogp.me; Twitter player card; oEmbed 1.0 §4. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import type { MetaDescriptor } from "react-router";
import { absolute, pageMeta, type Site } from "../../lib/meta.ts";

type Translate = (key: string, values: Record<string, string>) => string;

const WIDTH = "1280";
const HEIGHT = "720";

/** Unlisted and private shows, and those that have not begun, stay out of search engines unless they are announced. */
export function showMeta(site: Site, broadcast: Broadcast, t: Translate): MetaDescriptor[] {
  const { id, title, channel } = broadcast;
  const path = `/watch/${id}`;
  const embed = absolute(site, `/embed/${id}`);
  const oembed = `${absolute(site, "/api/v1/oembed")}?url=${encodeURIComponent(site.publicUrl + path)}`;
  return [
    ...pageMeta(site, {
      title,
      description: broadcast.description || t("watch:pageDescription", { title, channel: channel.title }),
      path,
      // The crew's page has the poster itself; whoever shares its address shares this.
      image: broadcast.ageRestricted ? null : (broadcast.thumbnailUrl ?? broadcast.posterUrl ?? channel.posterUrl),
      hidden: broadcast.visibility !== "public" || broadcast.state === "draft" || broadcast.state === "preview",
    }),
    // What search engines and filters know grown-ups' pages by.
    ...(broadcast.ageRestricted ? [{ name: "rating", content: "adult" }] : []),
    { property: "og:type", content: "video.other" },
    { property: "og:video", content: embed },
    ...(embed.startsWith("https:") ? [{ property: "og:video:secure_url", content: embed }] : []),
    { property: "og:video:type", content: "text/html" },
    { property: "og:video:width", content: WIDTH },
    { property: "og:video:height", content: HEIGHT },
    { name: "twitter:card", content: "player" },
    { name: "twitter:player", content: embed },
    { name: "twitter:player:width", content: WIDTH },
    { name: "twitter:player:height", content: HEIGHT },
    { tagName: "link", rel: "alternate", type: "application/json+oembed", href: oembed, title },
  ];
}
