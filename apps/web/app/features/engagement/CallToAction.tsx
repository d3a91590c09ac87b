/** A card of the crew with one link, below the picture until it is closed. The newest one, if there are several. */
import type { Handout } from "@rostrum/contract/engagement";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/IconButton.tsx";
import { HandoutLink } from "./HandoutLink.tsx";
import type { Engagement } from "./use-engagement.ts";

/** `dismissed` are ids of what this viewer has closed. */
export function CallToAction(props: {
  engagement: Engagement;
  dismissed: readonly string[];
  onDismiss: (id: string) => void;
}) {
  const { engagement, dismissed, onDismiss } = props;
  const { t } = useTranslation();
  const card = cardOf(engagement.state.handouts, dismissed);
  if (card === null) return null;
  return (
    <aside
      aria-label={t("engagement:handout.card")}
      className="flex animate-fade-in flex-wrap items-center gap-x-3 gap-y-1 border-t border-line bg-raised py-1.5 pr-1 pl-3"
    >
      <div className="min-w-0 flex-1 basis-40">
        <p dir="auto" className="line-clamp-2 text-base font-semibold wrap-anywhere">
          {card.title}
        </p>
        {card.text === "" ? null : (
          <p dir="auto" className="line-clamp-2 text-sm text-muted wrap-anywhere">
            {card.text}
          </p>
        )}
      </div>
      <div className="ml-auto flex items-center gap-1">
        <HandoutLink handout={card} engagement={engagement} look="primary" />
        <IconButton
          size="sm"
          label={t("engagement:handout.close", { title: card.title })}
          icon={<X aria-hidden />}
          onClick={() => onDismiss(card.id)}
        />
      </div>
    </aside>
  );
}

function cardOf(handouts: readonly Handout[], dismissed: readonly string[]): Handout | null {
  return handouts.findLast(({ kind, id }) => kind === "card" && !dismissed.includes(id)) ?? null;
}
