/** The end of a show's data. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";

/** `onDeleted` leaves the page. */
export function DeleteBroadcast({
  api,
  broadcast,
  onDeleted,
}: {
  api: Pick<Client, "broadcasts">;
  broadcast: OwnBroadcast;
  onDeleted: () => void;
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const remove = async (): Promise<void> => {
    await api.broadcasts.remove(broadcast.id);
    onDeleted();
  };
  return (
    <Section
      title={t("broadcast-forms:delete.title")}
      description={t("broadcast-forms:delete.text")}
      actions={
        <Button onClick={() => setAsking(true)} className="text-live-text">
          <Trash2 aria-hidden />
          {t("broadcast-forms:delete.action")}
        </Button>
      }
    >
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("broadcast-forms:delete.ask", { title: broadcast.title })}
        description={t("broadcast-forms:delete.lost")}
        action={t("broadcast-forms:delete.action")}
        onConfirm={remove}
      />
    </Section>
  );
}
