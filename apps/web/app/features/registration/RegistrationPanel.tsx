/** For the control room: who has registered, who came, and the report. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import type { OwnRegistrationSettings, Registration } from "@rostrum/contract/registration";
import { SearchX, UserPlus } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { usePolling } from "../../lib/use-polling.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { CopyField } from "../../ui/CopyField.tsx";
import { DownloadLink } from "../../ui/DownloadLink.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { RegistrationRow } from "./RegistrationRow.tsx";

const POLL_MS = 10_000;
const SHOWN = 50;

type PanelProps = Readonly<{
  api: Pick<Client, "registrations">;
  broadcast: Pick<OwnBroadcast, "id" | "role" | "registration">;
  publicUrl: string;
}>;

/** For whom may read registrations. Give it a key that changes with the broadcast. */
export function RegistrationPanel({ api, broadcast, publicUrl }: PanelProps) {
  if (broadcast.registration === "off") return <SetUp id={broadcast.id} />;
  return <People api={api} broadcast={broadcast} publicUrl={publicUrl} />;
}

function SetUp({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-sm text-muted">{t("registration:panel.off")}</p>
      <ButtonLink to={`/broadcasts/${id}/settings#registration`} size="sm">
        {t("registration:panel.setUp")}
      </ButtonLink>
    </div>
  );
}

function People({ api, broadcast, publicUrl }: PanelProps) {
  const { t } = useTranslation();
  const { id, role } = broadcast;
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const { data: settings } = usePolling<OwnRegistrationSettings | null>(
    (signal) => api.registrations.settings(id, { signal }),
    { initial: null, intervalMs: POLL_MS, atOnce: true },
  );
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Count settings={settings} />
        <DownloadLink size="sm" href={`/api/v1/broadcasts/${id}/registrations/export.csv`}>
          {t("registration:panel.export")}
        </DownloadLink>
      </div>
      <TextField
        type="search"
        label={t("registration:panel.search")}
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Found key={q} api={api} broadcastId={id} q={q} mayManage={can(role, "registrations.manage")} />
      <CopyField label={t("registration:settings.link")} value={`${publicUrl}/register/${id}`} />
    </div>
  );
}

function Count({ settings }: { settings: OwnRegistrationSettings | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (settings === null) return <p className="text-sm text-faint">–</p>;
  const seats = settings.capacity === null ? "" : ` ${t("registration:panel.ofSeats", { count: settings.capacity })}`;
  return (
    <p role="status" className="text-sm tabular">
      <span className="font-semibold">
        {t("registration:panel.count", { count: settings.registered, shown: formatCount(settings.registered, locale) })}
      </span>
      <span className="text-muted">{seats}</span>
    </p>
  );
}

type FoundProps = Pick<PanelProps, "api"> & Readonly<{ broadcastId: string; q: string; mayManage: boolean }>;

function Found({ api, broadcastId, q, mayManage }: FoundProps) {
  const { t } = useTranslation();
  const { data, refresh } = usePolling<{ items: Registration[]; nextCursor: string | null } | null>(
    (signal) => api.registrations.list(broadcastId, { limit: SHOWN, ...(q === "" ? {} : { q }) }, { signal }),
    { initial: null, intervalMs: POLL_MS, atOnce: true },
  );
  if (data === null) return null;
  if (data.items.length === 0) {
    return (
      <EmptyState
        icon={q === "" ? <UserPlus /> : <SearchX />}
        title={t(q === "" ? "registration:panel.none" : "registration:panel.noneFound")}
        className="py-8"
      />
    );
  }
  return (
    <>
      <ul className="flex max-h-96 flex-col divide-y divide-line overflow-y-auto rounded-sm border border-line">
        {data.items.map((one) => (
          <RegistrationRow
            key={one.id}
            registration={one}
            {...(mayManage
              ? {
                  onRenew: () => api.registrations.renew(broadcastId, one.id),
                  onRemove: () => api.registrations.remove(broadcastId, one.id).then(refresh),
                }
              : {})}
          />
        ))}
      </ul>
      {data.nextCursor === null ? null : <p className="text-xs text-faint">{t("registration:panel.more")}</p>}
    </>
  );
}
