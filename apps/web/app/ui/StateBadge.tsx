/** Where a broadcast is in its life, as an icon and a word. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { Archive, CalendarClock, CircleDashed, CircleStop, Eye, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge, LiveBadge, type Tone } from "./Badge.tsx";

type Look = { readonly tone: Tone; readonly icon: LucideIcon };

const LOOKS: Record<Exclude<BroadcastState, "live">, Look> = {
  draft: { tone: "neutral", icon: CircleDashed },
  scheduled: { tone: "blue", icon: CalendarClock },
  preview: { tone: "accent", icon: Eye },
  interrupted: { tone: "amber", icon: TriangleAlert },
  ended: { tone: "neutral", icon: CircleStop },
  archived: { tone: "neutral", icon: Archive },
};

/** The live state is the red LIVE sign. */
export function StateBadge({ state, className }: { state: BroadcastState; className?: string }) {
  const { t } = useTranslation();
  if (state === "live") return <LiveBadge {...(className ? { className } : {})} />;
  const { tone, icon: Icon } = LOOKS[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />} {...(className ? { className } : {})}>
      {t(`state.${state}`)}
    </Badge>
  );
}
