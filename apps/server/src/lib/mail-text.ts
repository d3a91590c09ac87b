/** Texts of mails: lines and links, once as plain text and once as simple HTML. What people wrote never becomes markup or a header. */

/** `text` may come from anybody. */
export type MailPart =
  | Readonly<{ kind: "line"; text: string }>
  | Readonly<{ kind: "link"; text: string; url: string }>
  | Readonly<{ kind: "small"; text: string; url?: string }>;

const MAX_LINE = 500;
const MAX_SUBJECT = 150;

/** Controls, line ends, and what turns the direction of text or hides in it: none of it belongs into one line of a mail. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+/gu;

/** One line of at most `max` characters (of `Array.from`), in which nothing is hidden. */
export function oneLine(text: string, max: number = MAX_LINE): string {
  const clean = text.toWellFormed().replace(INVISIBLE, " ").replace(/\s+/g, " ").trim();
  const characters = Array.from(clean);
  return characters.length <= max ? clean : `${characters.slice(0, max - 1).join("")}…`;
}

export function mailSubject(text: string): string {
  return oneLine(text, MAX_SUBJECT);
}

export function mailText(parts: readonly MailPart[]): string {
  return `${parts.map(plain).join("\n\n")}\n`;
}

/** A whole document without scripts, pictures or anything that is fetched. */
export function mailHtml(parts: readonly MailPart[]): string {
  const style = "font:16px/1.5 system-ui,sans-serif;color:#14181f;max-width:36rem;margin:0 auto;padding:24px";
  const body = parts.map(markup).join("\n");
  return `<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n<div style="${style}">\n${body}\n</div>\n</body></html>\n`;
}

/** For text and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function plain(part: MailPart): string {
  const text = oneLine(part.text);
  return part.kind === "line" || part.url === undefined ? text : `${text}: ${safeUrl(part.url)}`;
}

function markup(part: MailPart): string {
  const text = escapeHtml(oneLine(part.text));
  if (part.kind === "line") return `<p dir="auto">${text}</p>`;
  if (part.kind === "link") return `<p><a href="${escapeHtml(safeUrl(part.url))}" dir="auto">${text}</a></p>`;
  const inner = part.url === undefined ? text : `<a href="${escapeHtml(safeUrl(part.url))}">${text}</a>`;
  return `<p style="font-size:13px;color:#5b6472" dir="auto">${inner}</p>`;
}

/** @throws {TypeError} what is no web address */
function safeUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new TypeError("a link in a mail is a web address");
  return url.href;
}
