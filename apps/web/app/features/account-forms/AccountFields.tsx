/** Email, handle and password of a new account. */
import type { ChangeEvent } from "react";
import { useTranslation } from "react-i18next";
import { useRootData } from "../../lib/session.ts";
import { TextField } from "../../ui/TextField.tsx";
import { PasswordField } from "./PasswordField.tsx";

type FieldOf = (name: "email" | "handle" | "password") => {
  name: string;
  value: string;
  error: string | undefined;
  onChange: (event: ChangeEvent<HTMLInputElement>) => void;
};

export function AccountFields({ field }: { field: FieldOf }) {
  const { t } = useTranslation();
  const handle = field("handle");
  const host = (useRootData()?.publicUrl ?? "").replace(/^https?:\/\//, "");
  const typed = handle.value.trim().toLowerCase();
  return (
    <>
      <TextField
        {...field("email")}
        label={t("account-forms:email")}
        type="email"
        inputMode="email"
        autoComplete="email"
        required
      />
      <TextField
        {...handle}
        label={t("account-forms:handle")}
        hint={
          typed === ""
            ? t("account-forms:handleHint")
            : t("account-forms:handlePreview", { address: `${host}/@${typed}` })
        }
        prefix="@"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={30}
        required
      />
      <PasswordField
        {...field("password")}
        label={t("account-forms:password")}
        hint={t("account-forms:passwordHint")}
        autoComplete="new-password"
        required
      />
    </>
  );
}
