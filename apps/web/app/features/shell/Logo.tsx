/** The sign of the installation: a stage under a light, and its name. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useRootData } from "../../lib/session.ts";
import { cn } from "../../ui/cn.ts";

/** Leads to the front page. */
export function Logo({ className }: { className?: string }) {
  const { t } = useTranslation();
  const name = useRootData()?.instance.name ?? "Rostrum";
  return (
    <Link
      to="/"
      aria-label={t("shell:home", { name })}
      className={cn("flex min-w-0 touch-target items-center gap-2.5 rounded-sm", className)}
    >
      <svg viewBox="0 0 24 24" aria-hidden className="size-6 shrink-0">
        <rect width="24" height="24" rx="6" className="fill-accent" />
        <path d="M9.5 6.2v7.6l6.4-3.8z" className="fill-on-solid" />
        <path d="M6 17.6h12" strokeWidth="1.8" strokeLinecap="round" className="stroke-on-solid" />
      </svg>
      <span className="truncate text-md font-semibold tracking-tight">{name}</span>
    </Link>
  );
}
