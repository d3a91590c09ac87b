/** In the place of the picture of a show that asks for its viewers' age: its poster as a blur, and how old one must be. */
import { EyeOff } from "lucide-react";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { Picture } from "./Picture.tsx";

/** The server gives no other picture than a blur; no preview plays. */
export function AgeRequirementCard({ broadcast, className, children, ...rest }: ComponentProps<typeof Picture>) {
  const { t } = useTranslation();
  const { minimumAge } = broadcast;
  return (
    <Picture {...rest} broadcast={{ ...broadcast, thumbnailUrl: null }} className={cn("[&>img]:blur-xl", className)}>
      <span className="absolute inset-0 grid place-items-center bg-scrim text-on-picture">
        <span className="flex items-center gap-2">
          <EyeOff aria-hidden className="size-5" />
          <span aria-hidden className="text-lg font-semibold tabular">
            {minimumAge}+
          </span>
          <span className="sr-only">{t("ui.minimumAge", { years: minimumAge })}</span>
        </span>
      </span>
      {children}
    </Picture>
  );
}
