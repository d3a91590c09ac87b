/** What the person concerned reads of a ban or a time-out: where, until when, why, and what became of their appeal. */
import type { OwnBan } from "@rostrum/contract/moderation";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { useNow } from "../../lib/locale.tsx";
import { LocalTime } from "../../ui/Time.tsx";
import { AppealButton } from "./AppealButton.tsx";

export function BanNote({ ban }: { ban: OwnBan }) {
  // What was just sent is known before the server tells of it.
  const [sent, setSent] = useState<OwnBan | null>(null);
  const known = sent?.id === ban.id && ban.appeal === null ? sent : ban;
  return (
    <div className="flex min-w-0 flex-1 flex-col items-start gap-2 text-sm">
      <p role="status" className="text-text">
        <What ban={known} />
      </p>
      <Words label="chat:ban.reason" text={known.reason} />
      {known.appeal === null ? null : <AppealState appeal={known.appeal} />}
      {known.mayAppeal ? <AppealButton ban={known} onSent={setSent} /> : null}
    </div>
  );
}

function What({ ban: { kind, until, scope, channel } }: { ban: OwnBan }) {
  const { t } = useTranslation();
  const where =
    scope === "owner"
      ? t("chat:ban.in.owner")
      : channel === null
        ? t("chat:ban.in.gone")
        : t("chat:ban.in.channel", { handle: channel.handle });
  if (until === null) return t("chat:ban.forever", { where });
  if (kind === "timeout") {
    return <Trans i18nKey="chat:ban.again" values={{ where }} components={{ left: <Left until={until} /> }} />;
  }
  return (
    <Trans
      i18nKey="chat:ban.until"
      values={{ where }}
      components={{ until: <LocalTime at={until} style="schedule" /> }}
    />
  );
}

const DAY_MS = 86_400_000;

/** Runs down. Screen readers hear it when they ask, not every second. */
function Left({ until }: { until: string }) {
  const { t } = useTranslation();
  const leftMs = Math.max(1000, Date.parse(until) - useNow());
  return (
    <span role="timer" aria-live="off" className="font-medium tabular">
      {leftMs > 2 * DAY_MS ? t("chat:ban.days", { count: Math.ceil(leftMs / DAY_MS) }) : formatClock(leftMs)}
    </span>
  );
}

function AppealState({ appeal: { text, state, answer } }: { appeal: NonNullable<OwnBan["appeal"]> }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-1.5 border-l-2 border-line-strong pl-2">
      <Words label="chat:appeal.yours" text={text} />
      <p role="status">{t(state === "open" ? "chat:appeal.open" : "chat:appeal.kept")}</p>
      <Words label="chat:appeal.answer" text={answer ?? ""} />
    </div>
  );
}

/** Nothing for no words. */
function Words({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  if (text === "") return null;
  return (
    <p className="max-w-full">
      {t(label)}{" "}
      <bdi dir="auto" className="wrap-anywhere">
        {text}
      </bdi>
    </p>
  );
}
