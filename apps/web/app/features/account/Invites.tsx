/** Links with which people make an account. For the operator. */
import type { Client } from "@rostrum/client/client";
import type { CreatedInvite, Invite } from "@rostrum/contract/accounts";
import { Link2, Trash2, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../lib/locale.tsx";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { CopyRow } from "../../ui/CopyRow.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { LocalTime, RelativeTime } from "../../ui/Time.tsx";

type Props = {
  api: Pick<Client, "invites">;
  invites: readonly Invite[];
  /** Called when the list is another one. */
  onChanged: () => void;
};

export function Invites({ api, invites, onChanged }: Props) {
  const { t } = useTranslation();
  const [made, setMade] = useState<CreatedInvite | null>(null);
  const { state, run } = useSave(async () => {
    setMade(await api.invites.create());
    onChanged();
  });
  return (
    <Section
      title={t("account:invites.title")}
      description={t("account:invites.text")}
      actions={
        <Button busy={state.kind === "saving"} onClick={() => void run()}>
          <UserPlus aria-hidden />
          {t("account:invites.new")}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        {state.kind === "failed" ? (
          <p role="alert" className="text-sm text-live-text">
            {state.text}
          </p>
        ) : null}
        {made === null ? null : (
          <div role="status" className="rounded-md border border-green-line bg-green-tint p-3">
            <CopyRow label={t("account:invites.made")} hint={t("account:invites.madeHint")} value={made.url} />
          </div>
        )}
        {invites.length === 0 ? (
          <p className="text-sm text-muted">{t("account:invites.none")}</p>
        ) : (
          <ul className="-my-2 divide-y divide-line">
            {invites.map((invite) => (
              <InviteRow key={invite.id} api={api} invite={invite} onChanged={onChanged} />
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

function InviteRow({ api, invite, onChanged }: { api: Props["api"]; invite: Invite; onChanged: Props["onChanged"] }) {
  const { t } = useTranslation();
  const { state, run } = useSave(async () => {
    await api.invites.remove(invite.id);
    onChanged();
  });
  const open = invite.usedAt === null;
  return (
    <li className="flex flex-wrap items-center gap-3 py-3 text-sm">
      <Link2 aria-hidden className="size-5 shrink-0 text-icon" />
      <p className="min-w-0 flex-1">
        <InviteState invite={invite} />
        <span className="block text-muted">
          {t("account:invites.createdAt")} <RelativeTime at={invite.createdAt} />
        </span>
      </p>
      {open ? (
        <IconButton
          label={t("account:invites.withdraw")}
          icon={<Trash2 />}
          disabled={state.kind === "saving"}
          onClick={() => void run()}
        />
      ) : null}
      {state.kind === "failed" ? (
        <span role="alert" className="w-full text-live-text">
          {state.text}
        </span>
      ) : null}
    </li>
  );
}

function InviteState({ invite }: { invite: Invite }) {
  const { t } = useTranslation();
  const now = useNow(60_000);
  if (invite.usedAt !== null) return <>{t("account:invites.usedBy", { handle: invite.usedBy ?? "–" })}</>;
  if (Date.parse(invite.expiresAt) <= now) return <>{t("account:invites.expired")}</>;
  return (
    <>
      {t("account:invites.openUntil")} <LocalTime at={invite.expiresAt} style="schedule" />
    </>
  );
}
