/** Where a recording is in its life, as an icon and a word. */
import type { RecordingState } from "@rostrum/contract/recordings";
import { CircleCheck, CircleDot, CircleX, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/Badge.tsx";

const LOOKS = {
  recording: { tone: "live", icon: CircleDot },
  processing: { tone: "blue", icon: LoaderCircle },
  ready: { tone: "green", icon: CircleCheck },
  failed: { tone: "amber", icon: CircleX },
} as const;

export function RecordingBadge({ state }: { state: RecordingState }) {
  const { t } = useTranslation();
  const { tone, icon: Icon } = LOOKS[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {t(`recordings:state.${state}`)}
    </Badge>
  );
}
