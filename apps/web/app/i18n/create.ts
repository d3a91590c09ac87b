/** Texts of the interface. English is complete; another language is one more JSON per folder. */
import { createInstance, type i18n } from "i18next";
import english from "./en.json";

type Texts = { [key: string]: string | Texts };

// A feature keeps its texts beside its code, under its own name: `player:quality.auto`.
const ofFeatures = import.meta.glob<Texts>("../features/*/en.json", { eager: true, import: "default" });

/** Every text by namespace: `common`, and one per feature that has an `en.json`. */
export const RESOURCES: Record<string, Texts> = {
  common: english,
  ...Object.fromEntries(
    Object.entries(ofFeatures).map(([path, texts]) => [path.split("/").at(-2) ?? path, texts] as const),
  ),
};

/** One instance per request on the server, one per page in the browser. Ready when it returns. */
export function createI18n(language = "en"): i18n {
  const instance = createInstance();
  void instance.init({
    lng: language,
    fallbackLng: "en",
    defaultNS: "common",
    resources: { en: RESOURCES },
    initAsync: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  return instance;
}
