/** Among a show's buttons: the way to its registration, or the word that one has registered. */
import { CircleCheck, Ticket } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/Badge.tsx";
import { ButtonLink } from "../../ui/Button.tsx";

/** `way` null: there is nothing to say. */
export function RegisterButton({ broadcastId, way }: { broadcastId: string; way: "register" | "registered" | null }) {
  const { t } = useTranslation();
  if (way === null) return null;
  if (way === "registered") {
    return (
      <Badge tone="green" icon={<CircleCheck aria-hidden />} className="self-center">
        {t("registration:buttonDone")}
      </Badge>
    );
  }
  return (
    <ButtonLink to={`/register/${broadcastId}`} variant="primary">
      <Ticket aria-hidden />
      {t("registration:button")}
    </ButtonLink>
  );
}
