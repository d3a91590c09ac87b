/** What the crew hands out: links and call-to-action cards, shown and hidden, with their clicks. */
import type { OwnHandout } from "@rostrum/contract/engagement";
import { Link2, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { usePolling } from "../../lib/use-polling.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { DeskEmpty, DeskFrame } from "./DeskFrame.tsx";
import { HandoutDialog } from "./HandoutDialog.tsx";
import { hostOf } from "./HandoutLink.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk } from "./use-desk.ts";
import { useRefusal } from "./use-refusal.ts";

/** Clicks are counted while nobody says so. */
const POLL_MS = 15_000;

type Editing = Readonly<{ handout: OwnHandout | null }>;

export function HandoutDesk({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const { api, broadcastId } = desk;
  const { data: handouts, refresh } = usePolling<readonly OwnHandout[]>(
    async (signal) => (await api.engagement.handouts(broadcastId, { signal })).items,
    { initial: [], intervalMs: POLL_MS, atOnce: true },
  );
  const [editing, setEditing] = useState<Editing | null>(null);
  return (
    <DeskFrame
      actions={
        <Button size="sm" onClick={() => setEditing({ handout: null })}>
          <Plus aria-hidden />
          {t("engagement:handout.new")}
        </Button>
      }
    >
      {handouts.length === 0 ? (
        <DeskEmpty icon={<Link2 aria-hidden />}>{t("engagement:handout.deskEmpty")}</DeskEmpty>
      ) : (
        <ul className="flex flex-col gap-2">
          {handouts.map((handout) => (
            <Row
              key={handout.id}
              handout={handout}
              desk={desk}
              onEdit={() => setEditing({ handout })}
              onChanged={refresh}
            />
          ))}
        </ul>
      )}
      {editing === null ? null : (
        <HandoutDialog desk={desk} handout={editing.handout} onSaved={refresh} onClose={() => setEditing(null)} />
      )}
    </DeskFrame>
  );
}

type RowProps = Readonly<{ handout: OwnHandout; desk: Desk; onEdit: () => void; onChanged: () => void }>;

function Row({ handout, desk, onEdit, onChanged }: RowProps) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { busy, refusal, run } = useRefusal();
  const [asks, setAsks] = useState(false);
  const { api, broadcastId } = desk;
  const { id, kind, title, url, shown, clicks } = handout;
  const show = (wanted: boolean) =>
    run("show", async () => {
      await api.engagement.updateHandout(broadcastId, id, { shown: wanted });
      onChanged();
    });
  return (
    <li className="flex flex-col gap-2 rounded-md border border-line p-3">
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <p dir="auto" className="text-base font-medium wrap-anywhere">
            {title}
          </p>
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
            <Badge>{t(`engagement:handout.kind.${kind}`)}</Badge>
            <span className="truncate">{hostOf(url)}</span>
            <span className="tabular">
              {t("engagement:handout.clicks", { count: clicks, shown: formatCount(clicks, locale) })}
            </span>
          </p>
        </div>
        <IconButton size="sm" label={t("engagement:handout.edit")} icon={<Pencil aria-hidden />} onClick={onEdit} />
        <IconButton
          size="sm"
          label={t("engagement:handout.remove")}
          icon={<Trash2 aria-hidden />}
          onClick={() => setAsks(true)}
        />
      </div>
      <Switch
        label={t("engagement:handout.shown")}
        checked={shown}
        disabled={busy !== null}
        onCheckedChange={(wanted) => void show(wanted)}
      />
      <Refusal text={refusal} />
      <ConfirmDialog
        open={asks}
        onOpenChange={setAsks}
        title={t("engagement:handout.removeTitle", { title })}
        description={t("engagement:handout.removeText")}
        action={t("engagement:handout.remove")}
        onConfirm={async () => {
          await api.engagement.removeHandout(broadcastId, id);
          onChanged();
        }}
      />
    </li>
  );
}
