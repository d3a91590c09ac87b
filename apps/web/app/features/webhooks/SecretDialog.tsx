/** The secret of a webhook, shown this once. */
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { CopyRow } from "../../ui/CopyRow.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { LocalTime } from "../../ui/Time.tsx";

/** Open as long as it is rendered. `formerUntil`: how long another secret still signs; null: there is none. */
export function SecretDialog(props: { secret: string; formerUntil: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { secret, formerUntil, onClose } = props;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("webhooks:secret.made")}
      description={t("webhooks:secret.text")}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t("webhooks:secret.done")}
        </Button>
      }
    >
      <CopyRow
        label={t("webhooks:secret.label")}
        value={secret}
        hint={
          formerUntil === null ? undefined : (
            <>
              {t("webhooks:secret.former")} <LocalTime at={formerUntil} style="schedule" />
            </>
          )
        }
      />
    </Dialog>
  );
}
