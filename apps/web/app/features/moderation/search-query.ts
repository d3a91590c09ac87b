/** What a moderator looks for in what was said. Pure. */
import type { ChatMessageState } from "@rostrum/contract/chat";
import { fromLocalInput } from "../../lib/format.ts";
import { handleOf } from "./log-view.ts";

/** As typed. `from` and `to` are values of `datetime-local` fields, in the browser's zone. */
export type SearchForm = Readonly<{
  q: string;
  author: string;
  state: ChatMessageState | "any";
  from: string;
  to: string;
}>;

export const BLANK_SEARCH: SearchForm = { q: "", author: "", state: "any", from: "", to: "" };

/** As the API takes it; what was left blank is left out. */
export type SearchQuery = Readonly<{
  q?: string;
  account?: string;
  state?: ChatMessageState;
  from?: string;
  to?: string;
}>;

export function searchQuery({ q, author, state, from, to }: SearchForm): SearchQuery {
  const account = handleOf(author);
  const [since, until] = [fromLocalInput(from), fromLocalInput(to)];
  return {
    ...(q.trim() === "" ? {} : { q: q.trim() }),
    ...(account === null ? {} : { account }),
    ...(state === "any" ? {} : { state }),
    ...(since === null ? {} : { from: since }),
    ...(until === null ? {} : { to: until }),
  };
}
