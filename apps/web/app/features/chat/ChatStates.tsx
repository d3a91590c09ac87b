/** A chat that is not there yet, and one that is not for this reader. */
import type { ApiError } from "@rostrum/client/api-error";
import { Lock } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";
import { useTopic } from "../../lib/realtime/use-topic.ts";
import { Button } from "../../ui/Button.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";

const WIDTHS = ["w-3/4", "w-1/2", "w-5/6", "w-2/3", "w-2/5", "w-3/4"] as const;

export function ChatSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex min-h-0 flex-1 flex-col justify-end gap-3 overflow-hidden p-3">
      <span className="sr-only">{t("chat:loading")}</span>
      {WIDTHS.map((width, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <Skeleton key={index} className={`h-4 ${width}`} />
      ))}
    </div>
  );
}

/** Whether the chat was switched on since: told on the show's own topic, which who is refused here may still follow. */
const REOPENED: TopicReducer<boolean> = {
  initial: false,
  reset: (_, before) => before,
  apply: (before, events) =>
    before ||
    events.some((event) => {
      const { type, settings } = event as { type?: unknown; settings?: { mode?: unknown } };
      return type === "chat.settings" && settings?.mode !== "off";
    }),
};

export function RefusedNote(props: { broadcastId: string; refusal: ApiError | null; onRetry: () => void }) {
  const { broadcastId, refusal, onRetry } = props;
  const { t } = useTranslation();
  const { state: isOpenAgain } = useTopic(`broadcast:${broadcastId}`, REOPENED);
  useEffect(() => {
    if (isOpenAgain) onRetry();
  }, [isOpenAgain, onRetry]);
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center gap-2 p-6 text-center text-sm text-muted">
      <Lock aria-hidden className="size-5 text-icon" />
      <p>{refusal?.message ?? t("chat:closed")}</p>
      <Button size="sm" onClick={onRetry}>
        {t("chat:tryAgain")}
      </Button>
    </div>
  );
}
