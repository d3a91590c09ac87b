/** The front page's filters as they stand in the URL. */
import { Category, Language } from "@rostrum/contract/common";

export type DiscoverFilters = Readonly<{
  q?: string | undefined;
  category?: Category | undefined;
  language?: string | undefined;
}>;

/** What is not valid is left out: an old link still shows something. */
export function readFilters(params: URLSearchParams): DiscoverFilters {
  const q = (params.get("q") ?? "").trim().slice(0, 100);
  return {
    q: q === "" ? undefined : q,
    category: Category.safeParse(params.get("category")).data,
    language: Language.safeParse(params.get("language")).data,
  };
}

/** The front page with these filters. */
export function pathOf(filters: DiscoverFilters): string {
  const params = new URLSearchParams();
  for (const name of ["q", "category", "language"] as const) {
    const value = filters[name];
    if (value) params.set(name, value);
  }
  const text = params.toString();
  return text === "" ? "/" : `/?${text}`;
}
