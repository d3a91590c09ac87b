/** Making or changing a webhook: where it sends, of what, and what it is for. */
import { DEFAULT_WEBHOOK_EVENTS, type Webhook, WebhookEventType } from "@rostrum/contract/webhooks";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/TextField.tsx";

export type WebhookFields = { url: string; description: string; events: WebhookEventType[] };

/** Open as long as it is rendered. `initial` null: a new one. What `onSubmit` is refused with is shown, and nothing typed is lost. */
export function WebhookDialog(props: {
  title: string;
  action: string;
  initial: Webhook | null;
  onSubmit: (fields: WebhookFields) => Promise<void>;
  onClose: () => void;
}) {
  const { title, action, initial, onSubmit, onClose } = props;
  const { t } = useTranslation();
  const form = useId();
  const [url, setUrl] = useState(initial?.url ?? "");
  const [description, setDescription] = useState(initial?.description ?? "");
  const [events, setEvents] = useState<readonly WebhookEventType[]>(initial?.events ?? DEFAULT_WEBHOOK_EVENTS);
  const { state, run, errorOf } = useSave(() => onSubmit({ url, description, events: [...events] }));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            busy={state.kind === "saving"}
            disabled={url.trim() === "" || events.length === 0}
          >
            {action}
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
          label={t("webhooks:form.url")}
          hint={t("webhooks:form.urlHint")}
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={2000}
          value={url}
          error={errorOf("url")}
          onChange={(event) => setUrl(event.target.value)}
        />
        <TextField
          label={t("webhooks:form.description")}
          aside={t("ui.optional")}
          maxLength={200}
          value={description}
          error={errorOf("description")}
          onChange={(event) => setDescription(event.target.value)}
        />
        <Events value={events} onChange={setEvents} />
        {state.kind === "failed" ? (
          <p role="alert" className="text-sm text-live-text">
            {state.text}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}

function Events(props: { value: readonly WebhookEventType[]; onChange: (value: readonly WebhookEventType[]) => void }) {
  const { value, onChange } = props;
  const { t } = useTranslation();
  return (
    <fieldset className="grid gap-x-5 gap-y-2 sm:grid-cols-2">
      <legend className="mb-2 text-sm font-medium">{t("webhooks:form.events")}</legend>
      {WebhookEventType.options.map((type) => (
        <label key={type} className="flex touch-target items-start gap-2.5 text-base">
          <input
            type="checkbox"
            checked={value.includes(type)}
            onChange={(event) =>
              onChange(event.target.checked ? [...value, type] : value.filter((other) => other !== type))
            }
            className="mt-0.5 size-4 shrink-0"
          />
          <span className="min-w-0">
            {t(`webhooks:event.${type}`)}
            <code className="block font-mono text-xs text-faint">{type}</code>
            {type === "chat.message" ? (
              <span className="block text-xs text-faint">{t("webhooks:chatHint")}</span>
            ) : null}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
