/** One delivery: how it went, and on a click what was sent and what came back. */
import type { Webhook, WebhookDelivery, WebhookDeliveryDetails } from "@rostrum/contract/webhooks";
import { ChevronDown, CircleCheck, CircleX, Hourglass, RotateCw } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { useSave } from "../../lib/use-save.ts";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { RelativeTime } from "../../ui/Time.tsx";
import type { WebhooksApi } from "./names.ts";

type Props = {
  api: WebhooksApi;
  channelId: string;
  webhook: Webhook;
  delivery: WebhookDelivery;
  onReplayed: () => void;
};

const LOOKS: Record<WebhookDelivery["state"], readonly [Tone, ReactNode]> = {
  pending: ["blue", <Hourglass key="pending" aria-hidden />],
  delivered: ["green", <CircleCheck key="delivered" aria-hidden />],
  failed: ["live", <CircleX key="failed" aria-hidden />],
};

export function DeliveryRow(props: Props) {
  const { delivery } = props;
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [tone, icon] = LOOKS[delivery.state];
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex touch-target w-full items-center gap-3 py-2.5 text-left focus-visible:-outline-offset-2"
      >
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
          <Badge tone={tone} icon={icon}>
            {t(`webhooks:delivery.${delivery.state}`)}
          </Badge>
          <span className="font-medium">{t(`webhooks:event.${delivery.type}`, { defaultValue: delivery.type })}</span>
          {delivery.replayOf === null ? null : <Badge>{t("webhooks:log.isReplay")}</Badge>}
          <Facts delivery={delivery} />
        </span>
        <ChevronDown
          aria-hidden
          className={cn("size-4 shrink-0 text-icon transition-transform", isOpen && "rotate-180")}
        />
      </button>
      {delivery.problem === null ? null : <p className="pb-2.5 text-sm text-muted">{delivery.problem}</p>}
      {isOpen ? <Details key={delivery.attempts} {...props} /> : null}
    </li>
  );
}

function Facts({ delivery }: { delivery: WebhookDelivery }) {
  const { t } = useTranslation();
  const { status, durationMs, attempts, nextAttemptAt, createdAt, state } = delivery;
  return (
    <span className="flex flex-wrap items-center gap-x-2 text-sm text-muted tabular">
      {status === null ? null : <span>{t("webhooks:log.answered", { status })}</span>}
      {durationMs === null ? null : <span>{t("webhooks:log.milliseconds", { count: durationMs })}</span>}
      <span>{t("webhooks:log.attempts", { count: attempts })}</span>
      {state === "pending" && nextAttemptAt !== null && attempts > 0 ? (
        <span>
          {t("webhooks:log.next")} <RelativeTime at={nextAttemptAt} />
        </span>
      ) : null}
      <RelativeTime at={createdAt} />
    </span>
  );
}

type Loaded =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "known"; readonly details: WebhookDeliveryDetails };

function Details(props: Props) {
  const { api, channelId, webhook, delivery, onReplayed } = props;
  const { t } = useTranslation();
  const loaded = useDetails(props);
  const { state, run } = useSave(async () => {
    await api.webhooks.replay(channelId, webhook.id, delivery.id);
    onReplayed();
  });
  if (loaded.kind === "loading") return <Skeleton className="mb-3 h-24 w-full" />;
  return (
    <div className="flex flex-col gap-3 pb-4">
      {loaded.kind === "failed" ? (
        <p role="alert" className="text-sm text-live-text">
          {loaded.text}
        </p>
      ) : (
        <>
          <Code title={t("webhooks:log.body")} text={pretty(loaded.details.body)} />
          {loaded.details.answer === null || loaded.details.answer === "" ? (
            <p className="text-sm text-muted">{t("webhooks:log.noAnswer")}</p>
          ) : (
            <Code title={t("webhooks:log.answer")} text={loaded.details.answer} />
          )}
        </>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button size="sm" busy={state.kind === "saving"} disabled={!webhook.enabled} onClick={() => void run()}>
          {state.kind === "saving" ? null : <RotateCw aria-hidden />}
          {t("webhooks:log.replay")}
        </Button>
        <span role="status" className="text-sm text-muted">
          {state.kind === "saved" ? t("webhooks:log.replayed") : null}
        </span>
        {state.kind === "failed" ? (
          <p role="alert" className="text-sm text-live-text">
            {state.text}
          </p>
        ) : null}
      </div>
    </div>
  );
}

function useDetails({ api, channelId, webhook, delivery }: Props): Loaded {
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<Loaded>({ kind: "loading" });
  useEffect(() => {
    const stop = new AbortController();
    api.webhooks
      .delivery(channelId, webhook.id, delivery.id, { signal: stop.signal })
      .then((details) => setLoaded({ kind: "known", details }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setLoaded({ kind: "failed", text: messageOf(error, t("error.unknown")) });
      });
    return () => stop.abort();
  }, [api, channelId, webhook.id, delivery.id, t]);
  return loaded;
}

function Code({ title, text }: { title: string; text: string }) {
  return (
    <figure className="flex min-w-0 flex-col gap-1.5">
      <figcaption className="text-sm font-medium">{title}</figcaption>
      {/* Long texts scroll: then it must be reachable by keyboard. */}
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        dir="ltr"
        className="max-h-56 overflow-auto rounded-sm bg-raised px-2.5 py-2 font-mono text-xs wrap-anywhere whitespace-pre-wrap"
      >
        {text}
      </pre>
    </figure>
  );
}

/** With line breaks, keeping the escapes: what is sent must not look like markup or turn the text's direction here either. */
function pretty(body: string): string {
  return body.replace(
    /^\{"type":("[^"]*"),"timestamp":("[^"]*"),"data":/,
    '{\n  "type": $1,\n  "timestamp": $2,\n  "data": ',
  );
}
