/** The preview monitor: a picture a second of what would be on the air next, and the way to put it there. */
import { Eye, ImageOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import type { NextUp } from "./next-up.ts";
import { SourceImage } from "./SourceImage.tsx";
import type { TakeWish } from "./use-asking.ts";

const PICTURE_MS = 1000;

/** Not a player: sources that are not on the air are not delivered as video, and it says so. */
export function NextMonitor(props: { next: NextUp; busy: boolean; onTake: (wish: TakeWish) => void }) {
  const { next, busy, onTake } = props;
  const { t } = useTranslation();
  const source = "source" in next ? next.source : null;
  const name = source === null ? null : t(`control:source.kind.${source.kind}`);
  return (
    <section
      aria-label={t("control:preview.label")}
      className={cn(
        "flex min-w-0 gap-3 p-3 max-sm:items-start sm:flex-col sm:gap-2 lg:border-l lg:border-line",
        // A phone has no room for what is not there.
        source === null && "max-sm:hidden",
      )}
    >
      <div
        data-scheme="dark"
        className="relative aspect-video w-28 shrink-0 overflow-hidden rounded-sm bg-stage text-on-picture sm:w-full"
      >
        {source?.thumbnailUrl ? (
          <SourceImage
            url={source.thumbnailUrl}
            everyMs={PICTURE_MS}
            className={cn("size-full object-contain", source.state === "frozen" && "opacity-50")}
          />
        ) : (
          <span className="absolute inset-0 grid place-items-center">
            <ImageOff aria-hidden className="size-5 opacity-60" />
          </span>
        )}
      </div>
      <div className="flex min-w-0 flex-1 flex-col items-start gap-1.5 text-sm">
        <p className="flex w-full flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone="accent" icon={<Eye aria-hidden />}>
            {t("control:preview.title")}
          </Badge>
          {name === null ? null : <span className="font-medium">{name}</span>}
        </p>
        <p className="text-xs text-muted">{t(`control:preview.why.${next.kind}`)}</p>
        {source === null ? null : <p className="text-xs text-faint">{t("control:preview.thumbnail")}</p>}
        {source === null || source.state === "frozen" ? null : (
          <Button size="sm" disabled={busy} onClick={() => onTake(source.id)}>
            {t("control:preview.take")}
          </Button>
        )}
      </div>
    </section>
  );
}
