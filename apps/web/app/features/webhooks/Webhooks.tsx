/** The webhooks of a channel, for those who may manage them. */
import type { Webhook } from "@rostrum/contract/webhooks";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolling } from "../../lib/use-polling.ts";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import type { WebhooksApi } from "./names.ts";
import { SecretDialog } from "./SecretDialog.tsx";
import { WebhookDialog } from "./WebhookDialog.tsx";
import { WebhookRow } from "./WebhookRow.tsx";

const POLL_MS = 15_000;

type Props = { api: WebhooksApi; channelId: string; initial: readonly Webhook[] };

/** Give it a key that changes with the channel. */
export function Webhooks({ api, channelId, initial }: Props) {
  const { t } = useTranslation();
  const {
    data: webhooks,
    set,
    refresh,
  } = usePolling<readonly Webhook[]>(async (signal) => (await api.webhooks.list(channelId, { signal })).items, {
    initial,
    intervalMs: POLL_MS,
  });
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Section
      id="webhooks"
      title={t("webhooks:title")}
      description={t("webhooks:text")}
      actions={
        <Button onClick={() => setNew(true)}>
          <Plus aria-hidden />
          {t("webhooks:new")}
        </Button>
      }
    >
      {webhooks.length === 0 ? (
        <p className="max-w-prose text-sm text-muted">{t("webhooks:none")}</p>
      ) : (
        <ul className="-my-2 divide-y divide-line">
          {webhooks.map((webhook) => (
            <WebhookRow
              key={webhook.id}
              api={api}
              channelId={channelId}
              webhook={webhook}
              onChanged={(now) => set(webhooks.map((one) => (one.id === now.id ? now : one)))}
              onDeleted={() => set(webhooks.filter((one) => one.id !== webhook.id))}
              onSent={refresh}
            />
          ))}
        </ul>
      )}
      {isNew ? (
        <WebhookDialog
          title={t("webhooks:new")}
          action={t("webhooks:form.create")}
          initial={null}
          onSubmit={async (body) => {
            const { secret: made, ...webhook } = await api.webhooks.create(channelId, body);
            set([...webhooks, webhook]);
            setSecret(made);
            setNew(false);
          }}
          onClose={() => setNew(false)}
        />
      ) : null}
      {secret === null ? null : <SecretDialog secret={secret} formerUntil={null} onClose={() => setSecret(null)} />}
    </Section>
  );
}
