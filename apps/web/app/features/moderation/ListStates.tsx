/** A list that is loading, that did not come, and the way to more of it. */
import { RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { Button } from "../../ui/Button.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import type { Pages } from "./use-pages.ts";

const ROWS = ["w-3/4", "w-1/2", "w-2/3"] as const;

/** Under a list: what becomes of it. `empty` stands for a list that is there and has nothing in it. */
export function ListEnd(props: {
  pages: Pages<unknown>;
  /** How many are shown, from wherever they came. */
  count: number;
  onMore: () => void;
  empty: ReactNode;
}) {
  const { pages, count, onMore, empty } = props;
  const { t } = useTranslation();
  if (pages.phase === "failed") {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-2 py-2 text-sm text-live-text">
        <span className="min-w-0 flex-1">{messageOf(pages.failure, t("error.unknown"))}</span>
        <Button size="sm" onClick={onMore}>
          <RefreshCw aria-hidden />
          {t("moderation:tryAgain")}
        </Button>
      </div>
    );
  }
  if (pages.phase === "loading" && count === 0) return <ListSkeleton />;
  if (count === 0) return <div className="py-4 text-sm text-muted">{empty}</div>;
  if (!pages.hasMore) return null;
  return (
    <Button size="sm" className="my-2 self-center" busy={pages.phase === "loading"} onClick={onMore}>
      {t("moderation:older")}
    </Button>
  );
}

function ListSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" className="flex flex-col gap-3 py-2">
      <span className="sr-only">{t("moderation:loading")}</span>
      {ROWS.map((width) => (
        <Skeleton key={width} className={`h-4 ${width}`} />
      ))}
    </div>
  );
}
