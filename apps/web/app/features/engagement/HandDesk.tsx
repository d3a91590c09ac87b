/** Who has raised a hand, in their order. */
import type { OwnHand } from "@rostrum/contract/engagement";
import { Hand } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { RelativeTime } from "../../ui/Time.tsx";
import { DeskEmpty, DeskFrame } from "./DeskFrame.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk } from "./use-desk.ts";
import { useRefusal } from "./use-refusal.ts";

export function HandDesk({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const { hands } = desk.staff;
  const { busy, refusal, run } = useRefusal();
  if (hands.length === 0) {
    const text = t(desk.show.settings.hands ? "engagement:hand.deskEmpty" : "engagement:hand.deskOff");
    return (
      <DeskFrame>
        <DeskEmpty icon={<Hand aria-hidden />}>{text}</DeskEmpty>
      </DeskFrame>
    );
  }
  return (
    <DeskFrame
      actions={
        <Button size="sm" busy={busy === "all"} onClick={() => void run("all", () => desk.actions.lowerHands())}>
          {t("engagement:hand.lowerAll")}
        </Button>
      }
    >
      <Refusal text={refusal} />
      <ol className="flex max-h-80 flex-col gap-1 overflow-y-auto">
        {hands.map((hand) => (
          <Row
            key={hand.id}
            hand={hand}
            isBusy={busy === hand.id}
            onLower={() => void run(hand.id, () => desk.actions.lowerHand(hand.id))}
          />
        ))}
      </ol>
    </DeskFrame>
  );
}

function Row({ hand, isBusy, onLower }: { hand: OwnHand; isBusy: boolean; onLower: () => void }) {
  const { t } = useTranslation();
  return (
    <li className="flex items-center gap-2 rounded-sm border border-line px-2.5 py-1.5">
      <Hand aria-hidden className="size-4 shrink-0 text-icon" />
      <div className="min-w-0 flex-1">
        <p className="truncate text-base">
          <bdi>{hand.displayName}</bdi>
        </p>
        <p className="flex gap-2 truncate text-xs text-muted">
          <bdi>@{hand.handle}</bdi>
          <RelativeTime at={hand.raisedAt} />
        </p>
      </div>
      <Button
        size="sm"
        variant="ghost"
        busy={isBusy}
        aria-label={t("engagement:hand.lowerOf", { name: hand.displayName })}
        onClick={onLower}
      >
        {t("engagement:hand.lower")}
      </Button>
    </li>
  );
}
