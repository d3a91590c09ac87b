/** What moderators have told the reader: warnings, and whether they may write again. */
import type { OwnBan } from "@rostrum/contract/moderation";
import { TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTopic } from "../../lib/realtime/use-topic.ts";
import { Button } from "../../ui/Button.tsx";
import { toast } from "../../ui/toast.ts";
import { ACCOUNT_NOTICES } from "./account-notices.ts";
import { readSeenWarnings, saveSeenWarning } from "./preferences.ts";

/** `onChange`: who may write has changed. `children` gets the bans that hold. */
export function AccountNotices(props: {
  accountId: string;
  onChange: () => void;
  children: (bans: readonly OwnBan[]) => ReactNode;
}) {
  const { accountId, onChange, children } = props;
  const { t } = useTranslation();
  const { state } = useTopic(`user:${accountId}`, ACCOUNT_NOTICES);
  const [seen, setSeen] = useState(readSeenWarnings);
  const { changes, lifted } = state;
  const known = useRef(changes);
  useEffect(() => {
    if (lifted === null) return;
    toast.success([t("chat:ban.wasLifted"), lifted.appeal?.answer ?? ""].join(" ").trim());
  }, [lifted, t]);
  useEffect(() => {
    if (changes === known.current) return;
    known.current = changes;
    onChange();
  }, [changes, onChange]);
  const warning = state.warnings.find(({ id }) => !seen.includes(id));
  return (
    <>
      {warning === undefined ? null : (
        <div role="alert" className="flex gap-2 border-t border-amber-line bg-amber-tint p-3 text-sm text-amber-text">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <div className="flex min-w-0 flex-1 flex-col items-start gap-2">
            <p>
              <span className="font-medium">{t("chat:warning.from", { channel: warning.channel.title })}</span>{" "}
              <bdi dir="auto" className="wrap-anywhere">
                {warning.text}
              </bdi>
            </p>
            <Button size="sm" onClick={() => setSeen(saveSeenWarning(warning.id))}>
              {t("chat:warning.read")}
            </Button>
          </div>
        </div>
      )}
      {children(state.bans)}
    </>
  );
}
