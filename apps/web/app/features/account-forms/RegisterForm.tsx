/** Making an account, with an invite where one is needed. */
import { RegisterBody } from "@rostrum/contract/accounts";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { browserApi } from "../../lib/api.ts";
import { useRootData } from "../../lib/session.ts";
import { TextField } from "../../ui/TextField.tsx";
import { AccountFields } from "./AccountFields.tsx";
import { FormCard } from "./FormCard.tsx";
import { useAccountForm } from "./use-account-form.ts";

type RegisterFormProps = {
  /** From the invite link. */
  invite: string;
  /** When the session stands. */
  onDone: () => Promise<void>;
  /** Keeps where to go while the person changes to signing in. */
  search: string;
};

export function RegisterForm({ invite, onDone, search }: RegisterFormProps) {
  const { t } = useTranslation();
  const needsInvite = useRootData()?.instance.registration === "invite";
  const form = useAccountForm({
    initial: { email: "", handle: "", password: "", invite },
    schema: RegisterBody,
    toBody: ({ invite: code, ...values }) => ({ ...values, ...(code.trim() === "" ? {} : { invite: code.trim() }) }),
    send: async (body) => {
      await browserApi().auth.register(body);
      await onDone();
    },
  });
  return (
    <FormCard
      title={t("account-forms:register.title")}
      text={t("account-forms:register.text")}
      problem={form.problem}
      busy={form.busy}
      submit={form.submit}
      action={t("account-forms:register.submit")}
      footer={
        <>
          {t("account-forms:register.login")}{" "}
          <Link to={`/login${search}`} className="rounded-sm font-medium text-accent-text underline">
            {t("account-forms:register.loginLink")}
          </Link>
        </>
      }
    >
      <AccountFields field={form.field} />
      {needsInvite ? (
        <TextField
          {...form.field("invite")}
          label={t("account-forms:invite")}
          hint={t("account-forms:inviteHint")}
          autoComplete="off"
          spellCheck={false}
        />
      ) : null}
    </FormCard>
  );
}
