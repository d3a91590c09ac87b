/** Search words, category and language of the front page. All of it stands in the URL and works before scripts do. */
import { Category } from "@rostrum/contract/common";
import { Search, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Form, Link, useNavigate } from "react-router";
import { languageName } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { ChipLink } from "../../ui/Chip.tsx";
import { cn } from "../../ui/cn.ts";
import { inputClass } from "../../ui/Field.tsx";
import { SelectInput } from "../../ui/Select.tsx";
import { type DiscoverFilters, pathOf } from "./filters.ts";

const LANGUAGES = ["en", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh"];

export function Filters({ filters }: { filters: DiscoverFilters }) {
  const { t } = useTranslation();
  const { category } = filters;
  return (
    <div className="flex flex-col gap-3">
      <PhoneSearch filters={filters} />
      <div className="flex items-center gap-3">
        <nav
          aria-label={t("discover:filter.category")}
          className="-mx-4 flex min-w-0 flex-1 gap-2 overflow-x-auto px-4 py-1 [scrollbar-width:none] md:mx-0 md:px-1"
        >
          <ChipLink to={pathOf({ ...filters, category: undefined })} active={category === undefined}>
            {t("discover:filter.all")}
          </ChipLink>
          {Category.options.map((option) => (
            <ChipLink key={option} to={pathOf({ ...filters, category: option })} active={category === option}>
              {t(`category.${option}`)}
            </ChipLink>
          ))}
        </nav>
        <LanguageSelect filters={filters} className="hidden w-40 shrink-0 md:block" />
      </div>
    </div>
  );
}

/** The header has no room for a search field on phones. */
function PhoneSearch({ filters }: { filters: DiscoverFilters }) {
  const { t } = useTranslation();
  return (
    <div className="flex gap-2 md:hidden">
      <Form role="search" action="/" aria-label={t("shell:search.open")} className="relative min-w-0 flex-1">
        <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-icon" />
        <input
          key={filters.q}
          type="search"
          name="q"
          maxLength={100}
          defaultValue={filters.q}
          aria-label={t("shell:search.label")}
          placeholder={t("shell:search.placeholder")}
          className={cn(inputClass, "h-11 border-line-strong bg-surface pl-9")}
        />
        {filters.category ? <input type="hidden" name="category" value={filters.category} /> : null}
        {filters.language ? <input type="hidden" name="language" value={filters.language} /> : null}
      </Form>
      <LanguageSelect filters={filters} className="w-32 shrink-0" />
    </div>
  );
}

function LanguageSelect({ filters, className }: { filters: DiscoverFilters; className: string }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const navigate = useNavigate();
  const chosen = filters.language ?? "";
  const tags = chosen === "" || LANGUAGES.includes(chosen) ? LANGUAGES : [...LANGUAGES, chosen];
  return (
    <SelectInput
      aria-label={t("discover:filter.language")}
      className={className}
      value={chosen}
      options={[
        { value: "", label: t("discover:filter.anyLanguage") },
        ...tags.map((tag) => ({ value: tag, label: languageName(tag, locale) })),
      ]}
      onValueChange={(language) =>
        void navigate(pathOf({ ...filters, language: language === "" ? undefined : language }), {
          preventScrollReset: true,
        })
      }
    />
  );
}

/** Says what was searched for, with the way back. */
export function SearchNote({ filters }: { filters: DiscoverFilters }) {
  const { t } = useTranslation();
  if (!filters.q) return null;
  return (
    <div className="flex items-center justify-between gap-4">
      <p className="min-w-0 truncate text-md font-semibold">{t("discover:filter.results", { text: filters.q })}</p>
      <Link
        to={pathOf({ ...filters, q: undefined })}
        className="inline-flex shrink-0 touch-target items-center gap-1.5 rounded-sm px-2 py-1 text-sm font-medium text-muted hover:bg-hover hover:text-text"
      >
        <X aria-hidden className="size-4" />
        {t("discover:filter.clear")}
      </Link>
    </div>
  );
}
