/** Instead of the composer: why one cannot write, and the way to it. */
import type { ChatStanding } from "@rostrum/contract/chat";
import type { OwnBan } from "@rostrum/contract/moderation";
import { MessageCircleOff } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { BanNote } from "./BanNote.tsx";

const box =
  "flex flex-wrap items-center gap-3 border-t border-line p-3 pb-[max(12px,env(safe-area-inset-bottom))] text-sm text-muted";

/** Leads back to this page. */
export function SignInNote() {
  const { t } = useTranslation();
  const { pathname, search } = useLocation();
  return (
    <div className={box}>
      <span className="min-w-0 flex-1">{t("chat:signIn.text")}</span>
      <ButtonLink size="sm" variant="primary" to={`/login?next=${encodeURIComponent(pathname + search)}`}>
        {t("chat:signIn.action")}
      </ButtonLink>
    </div>
  );
}

/** After this it is asked again by itself, where only time is needed. Browsers cannot wait much longer than three weeks. */
const LONGEST_MS = 2 ** 31 - 1;

/** `bans` are those of the reader: of the one that is the reason more is told. */
export function ClosedNote(props: { why: ChatStanding["why"]; bans: readonly OwnBan[]; onRetry: () => void }) {
  const { why, bans, onRetry } = props;
  const { t } = useTranslation();
  const waitSec = why?.retryAfterSec ?? null;
  useEffect(() => {
    if (waitSec === null) return;
    const timer = setTimeout(onRetry, Math.min(LONGEST_MS, (waitSec + 1) * 1000));
    return () => clearTimeout(timer);
  }, [waitSec, onRetry]);
  const ban = bans.find(({ id }) => id === why?.banId);
  return (
    <div className={box}>
      <MessageCircleOff aria-hidden className="size-4 shrink-0 self-start text-icon" />
      {ban === undefined ? (
        <span role="status" className="min-w-0 flex-1">
          {why?.message ?? t("chat:closed")}
        </span>
      ) : (
        <BanNote ban={ban} />
      )}
      {/* What only time changes is asked for again by itself; whether they follow the channel by now is not told. */}
      {ban === undefined && waitSec === null && why?.code === "forbidden" ? (
        <Button size="sm" onClick={onRetry}>
          {t("chat:tryAgain")}
        </Button>
      ) : null}
    </div>
  );
}
