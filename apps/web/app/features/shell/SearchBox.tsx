/** Looks for shows: a plain form that leads to the front page with the words in the URL. */
import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Form, Link, useLocation, useSearchParams } from "react-router";
import { cn } from "../../ui/cn.ts";
import { inputClass } from "../../ui/Field.tsx";
import { Kbd } from "../../ui/Kbd.tsx";

/** Works before scripts do. The key on its right opens the palette. */
export function SearchBox({ onPalette, className }: { onPalette: () => void; className?: string }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const words = pathname === "/" ? (params.get("q") ?? "") : "";
  return (
    <Form action="/" role="search" className={cn("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-icon" />
      <input
        key={words}
        type="search"
        name="q"
        maxLength={100}
        defaultValue={words}
        aria-label={t("shell:search.label")}
        placeholder={t("shell:search.placeholder")}
        className={cn(inputClass, "h-9 border-line-strong bg-surface pr-10 pl-9")}
      />
      {/* For the pointer; the keyboard has the key itself. */}
      <button
        type="button"
        tabIndex={-1}
        aria-hidden
        title={t("shell:palette.title")}
        onClick={onPalette}
        className="absolute top-1/2 right-2 -translate-y-1/2"
      >
        <Kbd keys={["⌘K"]} />
      </button>
    </Form>
  );
}

/** For phones: leads to the front page, where the search has a line of its own. */
export function SearchButton({ className }: { className?: string }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/?q="
      aria-label={t("shell:search.open")}
      className={cn(
        "inline-flex size-9 touch-target items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text",
        className,
      )}
    >
      <Search aria-hidden className="size-5" />
    </Link>
  );
}
