/** One connected source: its picture, what it is, and the way to put it on the air. */
import type { ConnectedSource } from "@rostrum/contract/sources";
import { CircleCheck, Eye, Snowflake } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBitrate } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { encoderName } from "./encoder-name.ts";
import { SourceImage } from "./SourceImage.tsx";

const PICTURE_MS = 4000;

/**
 * `shown`: it is what viewers, or before the show the crew, see. `cued`: it is in the preview monitor. `onCue` and `onTake` are null
 * when it cannot be put there.
 */
export function SourceRow({
  source,
  shown,
  cued,
  onCue,
  onTake,
}: {
  source: ConnectedSource;
  shown: boolean;
  cued: boolean;
  onCue: (() => void) | null;
  onTake: (() => void) | null;
}) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { kind, protocol, encoder, widthPx, heightPx, videoBitrateBps, state } = source;
  const facts = [
    kind === "test" || kind === "file" ? null : t(`control:source.protocol.${protocol}`),
    kind === "test" || kind === "file" ? null : encoderName(encoder),
    widthPx === null || heightPx === null ? null : `${widthPx} × ${heightPx}`,
    videoBitrateBps === null ? null : formatBitrate(videoBitrateBps, locale),
  ];
  return (
    <li className="flex gap-3">
      <SourcePicture source={source} shown={shown} />
      <div className="flex min-w-0 flex-1 flex-col items-start gap-1 text-sm">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">{t(`control:source.kind.${kind}`)}</span>
          {shown ? (
            <Badge tone="green" icon={<CircleCheck aria-hidden />}>
              {t("control:sources.shown")}
            </Badge>
          ) : null}
          {state === "frozen" ? (
            <Badge tone="amber" icon={<Snowflake aria-hidden />}>
              {t("control:sources.frozen")}
            </Badge>
          ) : null}
        </p>
        <p className="w-full text-xs text-faint tabular">{facts.filter(Boolean).join(" · ")}</p>
        <div className="flex flex-wrap gap-2 empty:hidden">
          {onCue === null ? null : (
            <Button
              size="sm"
              variant="ghost"
              aria-pressed={cued}
              onClick={onCue}
              className="aria-pressed:text-accent-text"
            >
              <Eye aria-hidden />
              {t("control:preview.cue")}
              <span className="sr-only">{t(`control:source.kind.${kind}`)}</span>
            </Button>
          )}
          {onTake === null ? null : (
            <Button size="sm" onClick={onTake}>
              {t("control:sources.take")}
              <span className="sr-only">{t(`control:source.kind.${kind}`)}</span>
            </Button>
          )}
        </div>
      </div>
    </li>
  );
}

function SourcePicture({ source, shown }: { source: ConnectedSource; shown: boolean }) {
  const url = source.thumbnailUrl;
  return (
    <span
      aria-hidden
      className={cn(
        "block aspect-video h-fit w-20 shrink-0 overflow-hidden rounded-sm bg-stage ring-1 ring-line",
        shown && "ring-2 ring-green",
      )}
    >
      {url === null ? null : (
        <SourceImage
          url={url}
          everyMs={PICTURE_MS}
          className={cn("size-full object-cover", source.state === "frozen" && "opacity-50")}
        />
      )}
    </span>
  );
}
