/** API tokens: what programs sign in with. */
import type { Client } from "@rostrum/client/client";
import type { ApiToken } from "@rostrum/contract/accounts";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { LocalTime, RelativeTime } from "../../ui/Time.tsx";
import { NewTokenDialog } from "./NewTokenDialog.tsx";

type Props = {
  api: Pick<Client, "me">;
  tokens: readonly ApiToken[];
  /** Called when the list is another one. */
  onChanged: () => void;
};

export function Tokens({ api, tokens, onChanged }: Props) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  return (
    <Section
      title={t("account:tokens.title")}
      description={t("account:tokens.text")}
      actions={
        <Button onClick={() => setAdding(true)}>
          <Plus aria-hidden />
          {t("account:tokens.new")}
        </Button>
      }
    >
      {tokens.length === 0 ? (
        <p className="text-sm text-muted">{t("account:tokens.none")}</p>
      ) : (
        <ul className="-my-2 divide-y divide-line">
          {tokens.map((token) => (
            <TokenRow key={token.id} api={api} token={token} onChanged={onChanged} />
          ))}
        </ul>
      )}
      {adding ? (
        <NewTokenDialog
          api={api}
          onClose={() => {
            setAdding(false);
            onChanged();
          }}
        />
      ) : null}
    </Section>
  );
}

function TokenRow({ api, token, onChanged }: { api: Props["api"]; token: ApiToken; onChanged: Props["onChanged"] }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const remove = async (): Promise<void> => {
    await api.me.removeToken(token.id);
    onChanged();
  };
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <KeyRound aria-hidden className="size-5 shrink-0 text-icon" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {token.name}
          {token.scopes.map((scope) => (
            <Badge key={scope}>{t(`account:scope.${scope}`)}</Badge>
          ))}
        </p>
        <p className="text-sm text-muted">
          {token.lastUsedAt === null ? (
            t("account:tokens.neverUsed")
          ) : (
            <>
              {t("account:sessions.lastUsed")} <RelativeTime at={token.lastUsedAt} />
            </>
          )}
          {token.expiresAt === null ? null : (
            <>
              , {t("account:tokens.until")} <LocalTime at={token.expiresAt} style="date" />
            </>
          )}
        </p>
      </div>
      <IconButton
        label={t("account:tokens.revoke", { name: token.name })}
        icon={<Trash2 />}
        onClick={() => setAsking(true)}
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("account:tokens.revokeTitle", { name: token.name })}
        description={t("account:tokens.revokeText")}
        action={t("account:tokens.revokeAction")}
        onConfirm={remove}
      />
    </li>
  );
}
