/** What was sent to one webhook: looked at, and sent again. */
import type { Webhook, WebhookDelivery } from "@rostrum/contract/webhooks";
import { DeliveryState } from "@rostrum/contract/webhooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { DeliveryRow } from "./DeliveryRow.tsx";
import { nameOf, type WebhooksApi } from "./names.ts";

type Props = { api: WebhooksApi; channelId: string; webhook: Webhook; onSent: () => void };
type Filter = "all" | WebhookDelivery["state"];

/** Open as long as it is rendered. */
export function DeliveryLog({ onClose, ...props }: Props & { onClose: () => void }) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<Filter>("all");
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="lg"
      title={t("webhooks:log.title")}
      description={t("webhooks:log.text", { name: nameOf(props.webhook) })}
    >
      <div className="flex flex-col gap-4 pt-1">
        <SegmentedControl
          label={t("webhooks:log.filter")}
          value={filter}
          onValueChange={setFilter}
          options={(["all", ...DeliveryState.options] as const).map((value) => ({
            value,
            label: value === "all" ? t("webhooks:log.all") : t(`webhooks:delivery.${value}`),
          }))}
          className="self-start max-sm:w-full"
        />
        <List key={filter} {...props} filter={filter} />
      </div>
    </Dialog>
  );
}

const POLL_MS = 3000;
const SHOWN = 20;
/** Beyond, programs read it by the API. */
const MOST = 200;

/** The newest, asked for again while it is open; older ones are asked for once. */
function List({ api, channelId, webhook, onSent, filter }: Props & { filter: Filter }) {
  const { t } = useTranslation();
  const state = filter === "all" ? undefined : filter;
  const ask = (cursor: string | undefined, signal?: AbortSignal) =>
    api.webhooks.deliveries(channelId, webhook.id, { state, cursor, limit: SHOWN }, signal ? { signal } : {});
  const newest = usePolling<Awaited<ReturnType<typeof ask>> | null>((signal) => ask(undefined, signal), {
    initial: null,
    intervalMs: POLL_MS,
    atOnce: true,
  });
  const [older, setOlder] = useState<Readonly<{ items: WebhookDelivery[]; nextCursor: string | null }> | null>(null);
  const cursor = older === null ? (newest.data?.nextCursor ?? null) : older.nextCursor;
  const more = useSave(async () => {
    const next = await ask(cursor ?? undefined);
    setOlder({ items: [...(older?.items ?? []), ...next.items], nextCursor: next.nextCursor });
  });
  if (newest.data === null) {
    return newest.failure === null ? (
      <Skeleton className="h-40 w-full" />
    ) : (
      <Failure text={t("webhooks:log.failed", { text: messageOf(newest.failure, t("error.unknown")) })} />
    );
  }
  // What has moved from the newest page into the older ones stands there once.
  const known = new Set(newest.data.items.map(({ id }) => id));
  const items = [...newest.data.items, ...(older?.items ?? []).filter(({ id }) => !known.has(id))];
  if (items.length === 0) {
    return (
      <p className="text-sm text-muted">{t(filter === "all" ? "webhooks:log.none" : "webhooks:log.noneOfState")}</p>
    );
  }
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {items.map((delivery) => (
          <DeliveryRow
            key={delivery.id}
            api={api}
            channelId={channelId}
            webhook={webhook}
            delivery={delivery}
            onReplayed={() => {
              newest.refresh();
              onSent();
            }}
          />
        ))}
      </ul>
      {cursor === null || items.length >= MOST ? null : (
        <Button className="self-start" busy={more.state.kind === "saving"} onClick={() => void more.run()}>
          {t("webhooks:log.older")}
        </Button>
      )}
      {more.state.kind === "failed" ? <Failure text={more.state.text} /> : null}
    </>
  );
}

function Failure({ text }: { text: string }) {
  return (
    <p role="alert" className="text-sm text-live-text">
      {text}
    </p>
  );
}
