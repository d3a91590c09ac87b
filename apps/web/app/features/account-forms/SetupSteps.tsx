/** Where one is in the set-up. */
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";

const STEPS = ["stepAccount", "stepSignal", "stepControl"] as const;

/** `current` from 0. */
export function SetupSteps({ current }: { current: number }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("account-forms:setup.steps")}>
      <ol className="flex items-center justify-center gap-2 text-sm sm:gap-3">
        {STEPS.map((step, index) => (
          <li
            key={step}
            aria-current={index === current ? "step" : undefined}
            className={cn("flex items-center gap-2", index === current ? "font-medium text-text" : "text-faint")}
          >
            {index > 0 ? <span aria-hidden className="h-px w-4 bg-line-strong sm:w-8" /> : null}
            <span
              aria-hidden
              className={cn(
                "inline-flex size-6 items-center justify-center rounded-full border text-xs tabular",
                index < current && "border-transparent bg-green-tint text-green-text",
                index === current && "border-transparent bg-accent text-on-solid",
                index > current && "border-line-strong",
              )}
            >
              {index < current ? <Check className="size-3.5" /> : index + 1}
            </span>
            <span className={cn(index !== current && "max-sm:sr-only")}>{t(`account-forms:setup.${step}`)}</span>
          </li>
        ))}
      </ol>
    </nav>
  );
}
