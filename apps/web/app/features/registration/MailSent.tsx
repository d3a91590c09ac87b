/** The mail with the link is on its way; and how one gets it again. */
import type { Client } from "@rostrum/client/client";
import { MailCheck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { SaveNote } from "../../ui/FormSection.tsx";
import { TextField } from "../../ui/TextField.tsx";

/** Takes the focus: it stands where the form was. */
export function MailSent({ email }: { email: string }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section role="status" className="flex flex-col gap-3 rounded-md border border-line bg-surface p-5">
      <MailCheck aria-hidden className="size-7 text-green-text" />
      <h2 ref={heading} tabIndex={-1} className="text-md font-semibold outline-none">
        {t("registration:sent.title")}
      </h2>
      <p className="text-base wrap-anywhere text-muted">{t("registration:sent.text", { email })}</p>
      <p className="text-sm text-faint">{t("registration:sent.hint")}</p>
    </section>
  );
}

/** For whom has registered and cannot find the mail. */
export function ResendLink({ api, broadcastId }: { api: Pick<Client, "registrations">; broadcastId: string }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const { state, run, reset, errorOf } = useSave(() => api.registrations.resend(broadcastId, email.trim()));
  return (
    <details className="rounded-md border border-line">
      <summary className="touch-target cursor-pointer rounded-md px-4 py-3 text-sm font-medium">
        {t("registration:resend.title")}
      </summary>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
        className="flex flex-col gap-3 px-4 pb-4"
      >
        <TextField
          type="email"
          label={t("registration:email")}
          autoComplete="email"
          maxLength={254}
          value={email}
          error={errorOf("email")}
          onChange={(event) => {
            reset();
            setEmail(event.target.value);
          }}
        />
        {state.kind === "saved" ? (
          <p role="status" className="text-sm text-muted">
            {t("registration:resend.done")}
          </p>
        ) : null}
        {state.kind === "failed" ? <SaveNote state={state} /> : null}
        <Button type="submit" busy={state.kind === "saving"} disabled={email.trim() === ""} className="self-start">
          {t("registration:resend.action")}
        </Button>
      </form>
    </details>
  );
}
