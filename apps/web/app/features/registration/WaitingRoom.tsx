/** Whoever has registered waits here: a countdown, the calendar, and the way out again. The show opens by itself. */
import type { Client } from "@rostrum/client/client";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import type { RegistrationInfo } from "@rostrum/contract/registration";
import { CalendarPlus, CircleCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, buttonClass } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { Countdown, LocalTime } from "../../ui/Time.tsx";

type You = NonNullable<RegistrationInfo["you"]>;

/** @param onGone the registration was taken back */
export function WaitingRoom({
  api,
  broadcast,
  you,
  onGone,
}: {
  api: Pick<Client, "registrations">;
  broadcast: Broadcast;
  you: You;
  onGone: () => void;
}) {
  const { t } = useTranslation();
  const { id, startAt, title } = broadcast;
  const [asking, setAsking] = useState(false);
  return (
    <section aria-label={t("registration:waiting.label")} className="flex flex-col gap-5">
      <p className="flex items-start gap-2 rounded-sm bg-green-tint px-3 py-2 text-sm text-green-text">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span className="min-w-0 wrap-anywhere">{t("registration:waiting.registered", you)}</span>
      </p>
      <div className="flex flex-col items-center gap-3 rounded-md border border-line bg-surface px-4 py-8 text-center">
        {startAt === null ? (
          <p className="text-md font-semibold">{t("registration:noDate")}</p>
        ) : (
          <>
            <p className="text-sm text-muted">{t("registration:waiting.begins")}</p>
            <Countdown to={startAt} className="text-xl font-semibold" />
            <p className="text-sm text-muted">
              <LocalTime at={startAt} style="schedule" />
            </p>
          </>
        )}
        <p className="max-w-[46ch] text-sm text-pretty text-muted">{t("registration:waiting.hint")}</p>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2">
        {startAt === null ? null : (
          <a
            href={`/api/v1/broadcasts/${id}/registration/calendar.ics`}
            download="show.ics"
            className={buttonClass({ variant: "primary" })}
          >
            <CalendarPlus aria-hidden />
            {t("registration:waiting.calendar")}
          </a>
        )}
        <Button variant="ghost" onClick={() => setAsking(true)}>
          {t("registration:withdraw.action")}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("registration:withdraw.ask", { title })}
        description={t("registration:withdraw.lost")}
        action={t("registration:withdraw.action")}
        onConfirm={async () => {
          await api.registrations.withdraw(id);
          onGone();
        }}
      />
    </section>
  );
}
