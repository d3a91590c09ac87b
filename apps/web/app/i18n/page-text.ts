/** Texts for `meta`, which runs outside React. */
import type { TFunction } from "i18next";
import { createI18n } from "./create.ts";

let texts: TFunction | undefined;

/** As `t` of `useTranslation`. */
export function pageText(key: string, values: Readonly<Record<string, string>> = {}): string {
  texts ??= createI18n().t;
  return texts(key, values);
}
