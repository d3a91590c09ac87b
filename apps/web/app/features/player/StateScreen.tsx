/** What the picture shows when there is no picture: not begun, interrupted, over, broken. Always a sentence, never a code. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { CalendarClock, CircleAlert, CircleCheck, RefreshCw, Unplug } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { clockText } from "./time-text.ts";

export function Screen(props: {
  icon: ReactNode;
  title: string;
  text?: string | undefined;
  posterUrl?: string | null;
  children?: ReactNode;
  /** Over the picture instead of in its place. */
  veil?: boolean;
}) {
  return (
    <div
      role="status"
      className={`absolute inset-0 flex flex-col items-center justify-center gap-3 p-6 text-center text-on-picture ${props.veil ? "bg-scrim" : "bg-stage"}`}
    >
      {props.posterUrl ? (
        <img src={props.posterUrl} alt="" className="absolute inset-0 size-full object-cover opacity-30 blur-[2px]" />
      ) : null}
      <div className="relative flex max-w-[42ch] flex-col items-center gap-2">
        <span className="text-on-picture/80 [&>svg]:size-7">{props.icon}</span>
        <p className="text-md font-semibold text-balance sm:text-lg">{props.title}</p>
        {props.text ? <Hint>{props.text}</Hint> : null}
        {props.children}
      </div>
    </div>
  );
}

function Hint(props: { children: string; hidden?: boolean }) {
  return (
    <p aria-hidden={props.hidden} className="text-sm text-pretty text-on-picture/75 max-sm:line-clamp-3">
      {props.children}
    </p>
  );
}

export function NotStarted({ broadcast }: { broadcast: Broadcast }) {
  const { t, i18n } = useTranslation();
  const leftSec = useSecondsUntil(broadcast.startAt);
  const when =
    broadcast.startAt === null
      ? undefined
      : new Intl.DateTimeFormat(i18n.language, { dateStyle: "full", timeStyle: "short" }).format(
          new Date(broadcast.startAt),
        );
  const soon = leftSec !== null && leftSec <= 0;
  return (
    <Screen
      icon={<CalendarClock aria-hidden />}
      title={soon ? t("player:startsAnyMoment") : when === undefined ? t("player:notStarted") : t("player:startsIn")}
      text={soon || when === undefined ? t("player:startsHint") : undefined}
      posterUrl={broadcast.posterUrl}
    >
      {leftSec !== null && leftSec > 0 ? (
        <p className="text-2xl font-semibold tabular" role="timer" suppressHydrationWarning>
          {countdownText(leftSec, (days) => t("player:days", { count: days }))}
        </p>
      ) : null}
      {when === undefined ? null : (
        <p className="text-sm text-on-picture/75" suppressHydrationWarning>
          {when}
        </p>
      )}
    </Screen>
  );
}

function countdownText(seconds: number, daysText: (days: number) => string): string {
  const days = Math.floor(seconds / 86_400);
  return days > 0 ? `${daysText(days)} ${clockText(seconds % 86_400)}` : clockText(seconds);
}

function useSecondsUntil(instant: string | null): number | null {
  const left = (): number | null => (instant === null ? null : Math.floor((Date.parse(instant) - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(left()), 1000);
    return () => clearInterval(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [instant]);
  return seconds;
}

export function Interrupted() {
  const { t } = useTranslation();
  return (
    <Screen veil icon={<Unplug aria-hidden />} title={t("player:interrupted")} text={t("player:interruptedHint")} />
  );
}

export function Reconnecting({ inSec }: { inSec: number | null }) {
  const { t } = useTranslation();
  const text =
    inSec === null || inSec === 0 ? t("player:reconnectingNow") : t("player:reconnectingIn", { count: inSec });
  return (
    <Screen veil icon={<RefreshCw aria-hidden />} title={t("player:reconnecting")}>
      {/* Screen readers say what is wrong once, not every second. */}
      <p className="sr-only">{t("player:reconnectingHint")}</p>
      <Hint hidden>{text}</Hint>
    </Screen>
  );
}

export function Ended({ broadcast, replay }: { broadcast: Broadcast; replay: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <Screen
      veil={replay !== undefined}
      icon={<CircleCheck aria-hidden />}
      title={t("player:ended")}
      text={replay === undefined ? t("player:endedHint", { channel: broadcast.channel.title }) : undefined}
      posterUrl={replay === undefined ? broadcast.posterUrl : null}
    >
      {replay === undefined ? null : (
        <button
          type="button"
          onClick={replay}
          className="mt-1 inline-flex h-9 touch-target items-center rounded-sm bg-on-picture px-4 text-base font-medium text-stage hover:bg-on-picture/90"
        >
          {t("player:replay")}
        </button>
      )}
    </Screen>
  );
}

export function Undecodable({ live }: { live: boolean }) {
  const { t } = useTranslation();
  const text = live ? t("player:undecodableHint") : t("player:undecodableRecordingHint");
  return <Screen veil icon={<CircleAlert aria-hidden />} title={t("player:undecodable")} text={text} />;
}

export function Failed() {
  const { t } = useTranslation();
  return (
    <Screen icon={<CircleAlert aria-hidden />} title={t("player:failed")} text={t("player:unsupportedHint")}>
      <button
        type="button"
        onClick={() => location.reload()}
        className="mt-1 inline-flex h-9 touch-target items-center rounded-sm bg-on-picture px-4 text-base font-medium text-stage hover:bg-on-picture/90"
      >
        {t("player:reload")}
      </button>
    </Screen>
  );
}
