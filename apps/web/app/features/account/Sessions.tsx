/** Where somebody is signed in, and how to end that. */
import type { Client } from "@rostrum/client/client";
import type { SessionInfo } from "@rostrum/contract/accounts";
import { LogOut, Monitor, Smartphone } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { deviceOf } from "../../lib/device.ts";
import { useSave } from "../../lib/use-save.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { RelativeTime } from "../../ui/Time.tsx";

/** `onChanged`: the list is another one. `onLeft`: this session has ended too. */
export function Sessions({
  api,
  sessions,
  onChanged,
  onLeft,
}: {
  api: Pick<Client, "me" | "auth">;
  sessions: readonly SessionInfo[];
  onChanged: () => void;
  onLeft: () => void;
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const leaveAll = async (): Promise<void> => {
    await api.auth.logoutAll();
    onLeft();
  };
  return (
    <Section
      title={t("account:sessions.title")}
      description={t("account:sessions.text")}
      footer={
        <>
          <span>{t("account:sessions.count", { count: sessions.length })}</span>
          <Button onClick={() => setAsking(true)}>
            <LogOut aria-hidden />
            {t("account:sessions.endAll")}
          </Button>
        </>
      }
    >
      <ul className="-my-2 divide-y divide-line">
        {sessions.map((session) => (
          <SessionRow key={session.id} api={api} session={session} onChanged={onChanged} />
        ))}
      </ul>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("account:sessions.endAllTitle")}
        description={t("account:sessions.endAllText")}
        action={t("account:sessions.endAll")}
        onConfirm={leaveAll}
      />
    </Section>
  );
}

function SessionRow({
  api,
  session,
  onChanged,
}: {
  api: Pick<Client, "me">;
  session: SessionInfo;
  onChanged: () => void;
}) {
  const { t } = useTranslation();
  const { state, run } = useSave(async () => {
    await api.me.endSession(session.id);
    onChanged();
  });
  const { browser, system } = deviceOf(session.userAgent);
  const name = [browser, system].filter((part) => part !== null).join(", ");
  const Icon = system === "iPhone" || system === "Android" ? Smartphone : Monitor;
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <Icon aria-hidden className="size-5 shrink-0 text-icon" />
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2 font-medium">
          <span className="truncate" title={session.userAgent}>
            {name === "" ? t("account:sessions.unknown") : name}
          </span>
          {session.current ? <Badge tone="green">{t("account:sessions.current")}</Badge> : null}
        </p>
        <p className="text-sm text-muted">
          {t("account:sessions.lastUsed")} <RelativeTime at={session.lastUsedAt} />
        </p>
      </div>
      {session.current ? null : (
        <Button size="sm" variant="ghost" busy={state.kind === "saving"} onClick={() => void run()}>
          {t("account:sessions.end")}
          <span className="sr-only">{name}</span>
        </Button>
      )}
      {state.kind === "failed" ? (
        <p role="alert" className="w-full text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
    </li>
  );
}
