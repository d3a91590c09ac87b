/** Passing a show on: its link, the code for other sites, and the device's own way where it has one. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { Share2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useHydrated } from "../../lib/locale.tsx";
import { useRootData } from "../../lib/session.ts";
import { embedCode, watchUrl } from "../../lib/share.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyField } from "../../ui/CopyField.tsx";
import { Dialog } from "../../ui/Dialog.tsx";

export function ShareButton({ broadcast }: { broadcast: Pick<Broadcast, "id" | "title"> }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const hydrated = useHydrated();
  const publicUrl = useRootData()?.publicUrl ?? "";
  const url = watchUrl(publicUrl, broadcast.id);
  const canShare = hydrated && "share" in navigator;
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Share2 aria-hidden />
        {t("watch:share.button")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("watch:share.title")}>
        <div className="flex flex-col gap-5">
          <CopyField label={t("watch:share.link")} value={url} />
          <CopyField
            label={t("watch:share.embed")}
            hint={t("watch:share.embedHint")}
            value={embedCode(publicUrl, broadcast.id, broadcast.title)}
          />
          {canShare ? (
            <Button
              className="self-start"
              onClick={() => void navigator.share({ title: broadcast.title, url }).catch(() => undefined)}
            >
              {t("watch:share.system")}
            </Button>
          ) : null}
        </div>
      </Dialog>
    </>
  );
}
