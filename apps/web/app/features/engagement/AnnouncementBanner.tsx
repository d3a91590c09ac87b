/** What the crew has to say to everybody, on a strip of its own below the picture until it ends or is closed. */
import { Megaphone, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/IconButton.tsx";
import { type Engagement, useServerNow } from "./use-engagement.ts";

/** `dismissed` are ids of what this viewer has closed. */
export function AnnouncementBanner(props: {
  engagement: Engagement;
  dismissed: readonly string[];
  onDismiss: (id: string) => void;
}) {
  const { engagement, dismissed, onDismiss } = props;
  const { t } = useTranslation();
  const nowMs = useServerNow(engagement.state);
  const { announcement } = engagement.state;
  const isOver = announcement?.endsAt != null && Date.parse(announcement.endsAt) <= nowMs;
  const shown = announcement === null || isOver || dismissed.includes(announcement.id) ? null : announcement;
  return (
    <>
      {/* There before anything is said, or screen readers do not hear it. The strip itself is not read a second time. */}
      <p role="status" className="sr-only">
        {/* The same words shown again are said again. */}
        {shown === null ? null : <span key={shown.id}>{t("engagement:announcement.said", { text: shown.text })}</span>}
      </p>
      {shown === null ? null : (
        <section
          aria-label={t("engagement:announcement.title")}
          className="flex animate-fade-in items-center gap-2.5 border-t border-accent-line bg-accent-tint py-1 pr-1 pl-3 text-base"
        >
          <Megaphone aria-hidden className="size-4 shrink-0 text-accent-text" />
          <p dir="auto" className="max-h-24 min-w-0 flex-1 overflow-y-auto py-1.5 wrap-anywhere">
            {shown.text}
          </p>
          <IconButton
            size="sm"
            label={t("engagement:announcement.close")}
            icon={<X aria-hidden />}
            onClick={() => onDismiss(shown.id)}
          />
        </section>
      )}
    </>
  );
}
