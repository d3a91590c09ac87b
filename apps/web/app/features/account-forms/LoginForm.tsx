/** Signing in. */
import { ApiError } from "@rostrum/client/api-error";
import { LoginBody } from "@rostrum/contract/accounts";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { browserApi } from "../../lib/api.ts";
import { useRootData } from "../../lib/session.ts";
import { TextField } from "../../ui/TextField.tsx";
import { FormCard } from "./FormCard.tsx";
import { PasswordField } from "./PasswordField.tsx";
import { useAccountForm } from "./use-account-form.ts";

/** `onDone` when the session stands. `search` keeps where to go while the person changes to registration. */
export function LoginForm({ onDone, search }: { onDone: () => Promise<void>; search: string }) {
  const { t } = useTranslation();
  const instance = useRootData()?.instance;
  const form = useAccountForm({
    initial: { email: "", password: "" },
    schema: LoginBody,
    toBody: (values) => values,
    send: async (body) => {
      try {
        await browserApi().auth.login(body);
      } catch (error) {
        if (error instanceof ApiError && error.code === "invalid_credentials") {
          throw new ApiError(error.code, t("account-forms:login.wrong"), { status: error.status });
        }
        throw error;
      }
      await onDone();
    },
  });
  return (
    <FormCard
      title={t("account-forms:login.title")}
      text={t("account-forms:login.text", { name: instance?.name ?? "" })}
      problem={form.problem}
      busy={form.busy}
      submit={form.submit}
      action={t("account-forms:login.submit")}
      footer={
        instance?.registration === "closed" ? undefined : (
          <>
            {t("account-forms:login.register")}{" "}
            <Link to={`/register${search}`} className="rounded-sm font-medium text-accent-text underline">
              {t("account-forms:login.registerLink")}
            </Link>
          </>
        )
      }
    >
      <TextField
        {...form.field("email")}
        label={t("account-forms:email")}
        type="email"
        inputMode="email"
        autoComplete="username"
        required
      />
      <PasswordField
        {...form.field("password")}
        label={t("account-forms:password")}
        autoComplete="current-password"
        required
      />
    </FormCard>
  );
}
