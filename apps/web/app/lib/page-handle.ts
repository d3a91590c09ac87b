/** What a route tells the frame around it: `export const handle: PageHandle = { … }`. */
import { useMatches } from "react-router";

export type Shortcut = Readonly<{
  keys: readonly string[];
  /** Key of the text, with its namespace. */ message: string;
}>;

export type PageHandle = Readonly<{
  /** Until the visitor chooses otherwise. Default: the system's. */
  scheme?: "dark";
  /** `wide` leaves out the page's margins and footer: the page fills the window. Default: `page`. */
  frame?: "page" | "wide";
  /** Shown by `?`, after the ones that hold everywhere. */
  shortcuts?: readonly Shortcut[];
}>;

/** The handles of the pages that are shown, joined; the innermost wins. */
export function usePageHandle(): PageHandle {
  return Object.assign({}, ...useMatches().map((match) => match.handle ?? {})) as PageHandle;
}
