/** The one big button of the control room, and what it asks before it acts. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { Eye, Plus, Radio, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { type ActionName, nextAction } from "./next-action.ts";

const ICONS = { preview: Eye, live: Radio, end: Square } as const;
const VARIANTS = { preview: "primary", live: "live", end: "secondary" } as const;

/** Preview acts at once; Go live and End say what will happen and wait for a yes. */
export function ActionButton({
  broadcast,
  busy,
  onAct,
}: {
  broadcast: OwnBroadcast;
  busy: ActionName | null;
  onAct: (action: ActionName) => Promise<void>;
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"live" | "end" | null>(null);
  const next = nextAction(broadcast);
  if (next.kind === "none") {
    return (
      <ButtonLink to={`/dashboard?new=${broadcast.channel.id}`} size="lg" variant="primary">
        <Plus aria-hidden />
        {t("control:action.new")}
      </ButtonLink>
    );
  }
  const Icon = ICONS[next.kind];
  const start = (): void => {
    if (next.kind === "preview") void onAct("preview");
    else setAsking(next.kind);
  };
  return (
    <>
      <Button
        size="lg"
        variant={next.blocked ? "secondary" : VARIANTS[next.kind]}
        disabled={next.blocked}
        busy={busy !== null}
        onClick={start}
        aria-describedby={next.blocked ? "why-blocked" : undefined}
        className="max-sm:flex-1"
      >
        {busy === null ? <Icon aria-hidden /> : null}
        {t(`control:action.${next.kind}`)}
      </Button>
      {next.blocked ? (
        <span id="why-blocked" className="sr-only">
          {t("control:action.blocked")}
        </span>
      ) : null}
      <AskFirst broadcast={broadcast} asking={asking} onClose={() => setAsking(null)} onAct={onAct} />
    </>
  );
}

function AskFirst({
  broadcast,
  asking,
  onClose,
  onAct,
}: {
  broadcast: OwnBroadcast;
  asking: "live" | "end" | null;
  onClose: () => void;
  onAct: (action: ActionName) => Promise<void>;
}) {
  const { t } = useTranslation();
  const { title, visibility, viewers } = broadcast;
  const words = { title, count: viewers ?? 0 };
  return (
    <>
      <ConfirmDialog
        open={asking === "live"}
        onOpenChange={onClose}
        tone="live"
        title={t("control:confirm.live.title", words)}
        description={t(`control:confirm.live.${visibility}`)}
        action={t("control:action.live")}
        onConfirm={() => void onAct("live")}
      />
      <ConfirmDialog
        open={asking === "end"}
        onOpenChange={onClose}
        tone="danger"
        title={t("control:confirm.end.title", words)}
        description={t(viewers ? "control:confirm.end.viewers" : "control:confirm.end.text", words)}
        action={t("control:action.end")}
        onConfirm={() => void onAct("end")}
      />
    </>
  );
}
