/** The state of a broadcast and the time that goes with it. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { useNow } from "../../lib/locale.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { Countdown, Elapsed } from "../../ui/Time.tsx";
import { type Clock, clockOf } from "./next-action.ts";

/** Live: how long already. Scheduled: how long still. Interrupted: what is left of the reconnect window. */
export function StateClock({ broadcast }: { broadcast: OwnBroadcast }) {
  const clock = clockOf(broadcast);
  return (
    <span className="inline-flex items-center gap-2 text-sm text-muted">
      <StateBadge state={broadcast.state} />
      {clock === null ? null : <ClockText clock={clock} interrupted={broadcast.state === "interrupted"} />}
    </span>
  );
}

function ClockText({ clock, interrupted }: { clock: Clock; interrupted: boolean }) {
  if (clock.kind === "since") return <Elapsed since={clock.at} className="font-mono text-text" />;
  if (clock.kind === "length") return <span className="font-mono tabular">{formatClock(clock.ms)}</span>;
  return interrupted ? <WindowLeft until={clock.at} /> : <Countdown to={clock.at} compact />;
}

function WindowLeft({ until }: { until: string }) {
  const { t } = useTranslation();
  const left = Date.parse(until) - useNow();
  return <span className="tabular">{t("control:windowLeft", { clock: formatClock(left) })}</span>;
}
