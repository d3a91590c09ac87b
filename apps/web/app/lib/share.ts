/** The addresses under which a show is passed on. */

/** `publicUrl` without a trailing slash. */
export function watchUrl(publicUrl: string, id: string): string {
  return `${publicUrl}/watch/${id}`;
}

/** What another site puts into its page; 16:9 at any width. */
export function embedCode(publicUrl: string, id: string, title: string): string {
  const name = title.replace(/[&"<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return (
    `<iframe src="${publicUrl}/embed/${id}" title="${name}" ` +
    `style="width:100%;aspect-ratio:16/9;border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`
  );
}
