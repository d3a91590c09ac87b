/** The end of a channel. The handle must be typed. */
import type { Client } from "@rostrum/client/client";
import type { OwnChannel } from "@rostrum/contract/channels";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";

/** `onDeleted` leaves the page. */
export function DeleteChannel({
  api,
  channel,
  onDeleted,
}: {
  api: Pick<Client, "channels">;
  channel: OwnChannel;
  onDeleted: () => void;
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const remove = async (): Promise<void> => {
    await api.channels.remove(channel.id, { confirm: channel.handle });
    onDeleted();
  };
  return (
    <Section
      id="danger"
      title={t("channel-forms:delete.title")}
      description={t("channel-forms:delete.text")}
      actions={
        <Button onClick={() => setAsking(true)} className="text-live-text">
          <Trash2 aria-hidden />
          {t("channel-forms:delete.action")}
        </Button>
      }
    >
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("channel-forms:delete.ask", { title: channel.title })}
        description={t("channel-forms:delete.lost")}
        typeToConfirm={channel.handle}
        action={t("channel-forms:delete.action")}
        onConfirm={remove}
      />
    </Section>
  );
}
