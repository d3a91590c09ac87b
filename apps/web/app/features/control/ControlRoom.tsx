/** Where the parts of the control room stand: one screen on a desk, one column on a phone. */
import type { ReactNode } from "react";
import { Card } from "../../ui/Card.tsx";

/** Each part is a panel of its own. `connect` is left out for those who may not see keys. */
export function ControlRoom(parts: {
  top: ReactNode;
  notes: ReactNode;
  monitor: ReactNode;
  source: ReactNode;
  recording: ReactNode;
  share: ReactNode;
  health: ReactNode;
  /** Left out when there are no renditions besides the source. */
  ladder: ReactNode | null;
  connect: ReactNode | null;
  strip: ReactNode;
}) {
  return (
    <div className="flex flex-col gap-3 px-4 py-3 lg:h-[calc(100dvh-var(--header-height))] lg:min-h-160">
      {parts.top}
      {parts.notes}
      <div className="grid min-h-0 flex-1 gap-3 lg:grid-cols-[minmax(0,1.35fr)_minmax(0,1.15fr)] xl:grid-cols-[minmax(0,1.35fr)_minmax(0,1.1fr)_minmax(0,0.95fr)]">
        <div className="flex min-h-0 min-w-0 flex-col gap-3">
          <Card className="shrink-0 overflow-hidden">{parts.monitor}</Card>
          <Panel>{parts.source}</Panel>
        </div>
        <div className="flex min-h-0 min-w-0 flex-col gap-3">
          <Panel>{parts.health}</Panel>
          {parts.ladder === null ? null : <Card className="shrink-0 p-4">{parts.ladder}</Card>}
        </div>
        <div className="flex min-h-0 min-w-0 flex-col gap-3">
          <Card className="relative max-h-[40%] shrink-0 p-4 max-lg:max-h-none lg:overflow-y-auto">
            {parts.recording}
          </Card>
          <Panel>
            <div className="flex flex-col gap-5">
              {parts.connect}
              <div className={parts.connect === null ? "" : "border-t border-line pt-4"}>{parts.share}</div>
            </div>
          </Panel>
        </div>
      </div>
      {parts.strip}
    </div>
  );
}

/** Scrolls inside itself on a desk when a small window leaves no room. Positioned, so that what is only for screen readers scrolls with it. */
function Panel({ children }: { children: ReactNode }) {
  return <Card className="relative min-h-0 min-w-0 flex-1 p-4 max-lg:flex-none lg:overflow-y-auto">{children}</Card>;
}
