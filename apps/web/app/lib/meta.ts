/** Titles, descriptions and link previews of pages. Open Graph, Twitter cards, oEmbed 1.0 §4. */
import type { MetaDescriptor, RouterContextProvider } from "react-router";
import { pageServices } from "../context.ts";

/** The installation a page belongs to; `publicUrl` without a trailing slash. */
export type Site = Readonly<{ name: string; publicUrl: string }>;

/** For loaders, which hand it to `meta`. */
export function siteOf(context: Readonly<RouterContextProvider>): Site {
  const { instance, publicUrl } = context.get(pageServices);
  return { name: instance.name, publicUrl };
}

export type PageFacts = Readonly<{
  title: string;
  description: string;
  /** Begins with a slash; without parameters that do not change what the page is about. */
  path: string;
  /** A path on this server. Left out: the picture of the installation. */
  image?: string | null;
  /** Keeps the page out of search engines. */
  hidden?: boolean;
}>;

const DESCRIPTION_CHARS = 200;
const PICTURE = "/preview.png";

/** For pages of people who are signed in. */
export function ownPageMeta(title: string): MetaDescriptor[] {
  return [{ title }, { name: "robots", content: "noindex" }];
}

/** What every public page has. The title stands alone when it is the site's name. */
export function pageMeta(site: Site, facts: PageFacts): MetaDescriptor[] {
  const { title, path, hidden = false } = facts;
  const description = shortened(facts.description, DESCRIPTION_CHARS);
  const url = site.publicUrl + path;
  const image = absolute(site, facts.image ?? PICTURE);
  return [
    { title: title === site.name ? title : `${title} · ${site.name}` },
    { name: "description", content: description },
    { tagName: "link", rel: "canonical", href: url },
    ...(hidden ? [{ name: "robots", content: "noindex" }] : []),
    { property: "og:site_name", content: site.name },
    { property: "og:title", content: title },
    { property: "og:description", content: description },
    { property: "og:url", content: url },
    { property: "og:image", content: image },
    { name: "twitter:title", content: title },
    { name: "twitter:description", content: description },
    { name: "twitter:image", content: image },
  ];
}

/** A path on this server as an address for others. */
export function absolute(site: Site, path: string): string {
  return new URL(path, site.publicUrl).href;
}

/** One line, cut at a word when it is longer than `max` characters. */
export function shortened(text: string, max: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= max) return line;
  const cut = line.slice(0, max - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), max / 2)).trimEnd()}…`;
}
