/** Set-up, first step: the owner's account and the first channel. */
import { SetupBody } from "@rostrum/contract/accounts";
import { ApiError } from "@rostrum/client/api-error";
import { useTranslation } from "react-i18next";
import { browserApi } from "../../lib/api.ts";
import { AccountFields } from "./AccountFields.tsx";
import { FormCard, Problem } from "./FormCard.tsx";
import { useAccountForm } from "./use-account-form.ts";

/** `onDone` gets the password: the next step shows the stream key, which asks for it. It is kept in memory only. */
export function SetupAccount({ token, onDone }: { token: string; onDone: (password: string) => Promise<void> }) {
  const { t } = useTranslation();
  const form = useAccountForm({
    initial: { email: "", handle: "", password: "" },
    schema: SetupBody,
    toBody: (values) => ({ ...values, token }),
    send: async (body) => {
      try {
        await browserApi().setup(body);
      } catch (error) {
        if (error instanceof ApiError && error.code === "invalid_token") {
          throw new ApiError(error.code, t("account-forms:setup.badToken"), { status: error.status });
        }
        throw error;
      }
      await onDone(body.password);
    },
  });
  return (
    <FormCard
      title={t("account-forms:setup.accountTitle")}
      text={t("account-forms:setup.accountText")}
      problem={form.problem}
      busy={form.busy}
      submit={form.submit}
      action={t("account-forms:setup.create")}
    >
      {token === "" ? <Problem text={t("account-forms:setup.noToken")} /> : null}
      <AccountFields field={form.field} />
    </FormCard>
  );
}
