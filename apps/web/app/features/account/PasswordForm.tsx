/** A new password. */
import type { Client } from "@rostrum/client/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { FormSection } from "../../ui/FormSection.tsx";
import { TextField } from "../../ui/TextField.tsx";

const MIN_LENGTH = 10;
const EMPTY = { currentPassword: "", newPassword: "" };

/** `email` is for password managers. `onSaved` is called when other sessions may have ended. */
export function PasswordForm({ api, email, onSaved }: { api: Pick<Client, "me">; email: string; onSaved: () => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState(EMPTY);
  const { state, run, reset, errorOf } = useSave(async () => {
    await api.me.changePassword(values);
    setValues((now) => (now === values ? EMPTY : now));
    onSaved();
  });
  const edit = (fields: Partial<typeof EMPTY>): void => {
    reset();
    setValues({ ...values, ...fields });
  };
  return (
    <FormSection
      title={t("account:password.title")}
      state={state}
      dirty={values.currentPassword !== "" && values.newPassword.length >= MIN_LENGTH}
      action={t("account:password.action")}
      onSave={() => void run()}
    >
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <TextField
        type="password"
        label={t("account:password.current")}
        autoComplete="current-password"
        value={values.currentPassword}
        error={errorOf("currentPassword")}
        onChange={(event) => edit({ currentPassword: event.target.value })}
      />
      <TextField
        type="password"
        label={t("account:password.new")}
        hint={t("account:password.hint", { count: MIN_LENGTH })}
        autoComplete="new-password"
        value={values.newPassword}
        maxLength={256}
        error={errorOf("newPassword")}
        onChange={(event) => edit({ newPassword: event.target.value })}
      />
    </FormSection>
  );
}
