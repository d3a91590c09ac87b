/** Makes an API token and shows it, once. */
import type { Client } from "@rostrum/client/client";
import { TokenScope } from "@rostrum/contract/permissions";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyRow } from "../../ui/CopyRow.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";

const DAYS = ["30", "90", "366", "never"] as const;

/** Open as long as it is rendered. */
export function NewTokenDialog({ api, onClose }: { api: Pick<Client, "me">; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly TokenScope[]>(["read"]);
  const [days, setDays] = useState<(typeof DAYS)[number]>("90");
  const [token, setToken] = useState<string | null>(null);
  const { state, run, errorOf } = useSave(async () => {
    const expiry = days === "never" ? {} : { expiresInDays: Number(days) };
    setToken((await api.me.createToken({ name, scopes: [...scopes], ...expiry })).token);
  });
  if (token !== null) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title={t("account:tokens.made")}
        description={t("account:tokens.madeText")}
        footer={
          <Button variant="primary" onClick={onClose}>
            {t("account:tokens.done")}
          </Button>
        }
      >
        <CopyRow label={name} value={token} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("account:tokens.new")}
      footer={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            busy={state.kind === "saving"}
            disabled={name.trim() === "" || scopes.length === 0}
          >
            {t("account:tokens.create")}
          </Button>
        </>
      }
    >
      <form
        id={form}
        noValidate
        className="flex flex-col gap-5 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextField
          label={t("account:tokens.name")}
          hint={t("account:tokens.nameHint")}
          value={name}
          maxLength={60}
          error={errorOf("name")}
          onChange={(event) => setName(event.target.value)}
        />
        <Scopes value={scopes} onChange={setScopes} />
        <Select
          label={t("account:tokens.expiry")}
          value={days}
          onValueChange={setDays}
          options={DAYS.map((each) => ({ value: each, label: t(`account:tokens.days.${each}`) }))}
        />
        {state.kind === "failed" ? (
          <p role="alert" className="text-sm text-live-text">
            {state.text}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}

function Scopes({
  value,
  onChange,
}: {
  value: readonly TokenScope[];
  onChange: (value: readonly TokenScope[]) => void;
}) {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-sm font-medium">{t("account:tokens.scopes")}</legend>
      {TokenScope.options.map((scope) => (
        <label key={scope} className="flex touch-target items-start gap-2.5 text-base">
          <input
            type="checkbox"
            checked={value.includes(scope)}
            onChange={(event) =>
              onChange(event.target.checked ? [...value, scope] : value.filter((other) => other !== scope))
            }
            className="mt-0.5 size-4 shrink-0"
          />
          <span>
            {t(`account:scope.${scope}`)}
            <span className="block text-xs text-faint">{t(`account:scopeHint.${scope}`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
