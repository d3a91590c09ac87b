/** One stream key: masked, shown for half a minute after the password, replaced after a warning. */
import type { Client } from "@rostrum/client/client";
import type { IngestEndpoints, MaskedKey, RevealedKey } from "@rostrum/contract/channels";
import { type ChannelRole, can } from "@rostrum/contract/permissions";
import { Eye, EyeOff, Plug, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../lib/locale.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { CopyButton } from "../../ui/CopyField.tsx";
import { inputClass } from "../../ui/Field.tsx";
import { cn } from "../../ui/cn.ts";
import { KeyAddresses } from "./KeyAddresses.tsx";
import { RevealDialog } from "./RevealDialog.tsx";

const SHOWN_MS = 30_000;

export type KeysApi = Pick<Client, "keys">;

type Shown = Readonly<{ revealed: RevealedKey; untilMs: number }>;

/** `onRotated` is called when the key is another one. */
export function StreamKeyCard({
  api,
  channelId,
  slotKey,
  role,
  endpoints,
  onRotated,
}: {
  api: KeysApi;
  channelId: string;
  slotKey: MaskedKey;
  role: ChannelRole;
  endpoints: IngestEndpoints;
  onRotated: () => void;
}) {
  const { t } = useTranslation();
  const { slot, inUse } = slotKey;
  const [asking, setAsking] = useState<"reveal" | "rotate" | null>(null);
  const [shown, setShown] = useShownKey();
  const rotate = async (): Promise<void> => {
    setShown(await api.keys.rotate(channelId, slot));
    onRotated();
  };
  const close = (): void => setAsking(null);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center justify-between gap-3">
        <span className="text-sm font-medium">{t(`keys:slot.${slot}`)}</span>
        {inUse ? (
          <Badge tone="green" icon={<Plug aria-hidden />}>
            {t("keys:inUse")}
          </Badge>
        ) : null}
      </div>
      <KeyText slot={slot} text={shown?.revealed.key ?? slotKey.masked} shown={shown !== null} />
      <div className="mt-1 flex flex-wrap items-center gap-2">
        {shown === null ? null : (
          <>
            <CopyButton size="sm" value={shown.revealed.key} label={t("keys:copy")} />
            <Button size="sm" variant="ghost" onClick={() => setShown(null)}>
              <EyeOff aria-hidden />
              <HideIn untilMs={shown.untilMs} />
            </Button>
          </>
        )}
        {shown === null && can(role, "keys.reveal") ? (
          <Button size="sm" onClick={() => setAsking("reveal")}>
            <Eye aria-hidden />
            {t("keys:reveal")}
            <span className="sr-only">{t(`keys:slot.${slot}`)}</span>
          </Button>
        ) : null}
        {can(role, "keys.rotate") ? (
          <Button size="sm" variant="ghost" onClick={() => setAsking("rotate")}>
            <RefreshCw aria-hidden />
            {t("keys:rotate")}
            <span className="sr-only">{t(`keys:slot.${slot}`)}</span>
          </Button>
        ) : null}
      </div>
      {shown === null ? null : <KeyAddresses endpoints={endpoints} revealed={shown.revealed} />}
      <RevealDialog
        open={asking === "reveal"}
        onClose={close}
        slot={slot}
        onPassword={async (password) => setShown(await api.keys.reveal(channelId, slot, { password }))}
      />
      <ConfirmDialog
        open={asking === "rotate"}
        onOpenChange={close}
        title={t("keys:rotateTitle", { slot: t(`keys:slot.${slot}`) })}
        description={t(inUse ? "keys:rotateInUse" : "keys:rotateText")}
        action={t("keys:rotate")}
        onConfirm={rotate}
      />
    </div>
  );
}

function KeyText({ slot, text, shown }: { slot: string; text: string; shown: boolean }) {
  const { t } = useTranslation();
  return (
    <input
      readOnly
      aria-label={t(`keys:slot.${slot}`)}
      {...(shown ? { "data-testid": `stream-key-${slot}` } : {})}
      value={text}
      spellCheck={false}
      autoComplete="off"
      onFocus={(event) => event.target.select()}
      className={cn(inputClass, "touch-target h-9 bg-surface font-mono text-sm sm:text-sm", !shown && "text-muted")}
    />
  );
}

/** Hides itself when its time is over. */
function useShownKey(): [Shown | null, (revealed: RevealedKey | null) => void] {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    if (shown === null) return;
    const timer = setTimeout(() => setShown(null), shown.untilMs - Date.now());
    return () => clearTimeout(timer);
  }, [shown]);
  return [shown, (revealed) => setShown(revealed === null ? null : { revealed, untilMs: Date.now() + SHOWN_MS })];
}

function HideIn({ untilMs }: { untilMs: number }) {
  const { t } = useTranslation();
  return <>{t("keys:hide", { count: Math.max(0, Math.ceil((untilMs - useNow()) / 1000)) })}</>;
}
