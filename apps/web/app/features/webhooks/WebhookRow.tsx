/** One webhook: how it stands, and what can be done with it. */
import type { Webhook } from "@rostrum/contract/webhooks";
import {
  CircleCheck,
  CircleOff,
  CirclePause,
  EllipsisVertical,
  KeyRound,
  Pencil,
  Send,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../ui/Menu.tsx";
import { LocalTime } from "../../ui/Time.tsx";
import { toast } from "../../ui/toast.ts";
import { DeliveryLog } from "./DeliveryLog.tsx";
import { nameOf, stateOf, type WebhookState, type WebhooksApi } from "./names.ts";
import { SecretDialog } from "./SecretDialog.tsx";
import { WebhookDialog } from "./WebhookDialog.tsx";

type Props = {
  api: WebhooksApi;
  channelId: string;
  webhook: Webhook;
  onChanged: (webhook: Webhook) => void;
  onDeleted: () => void;
  /** Something was sent: how it stands may change soon. */
  onSent: () => void;
};
type Open = "log" | "edit" | "rotate" | "delete" | null;

export function WebhookRow(props: Props) {
  const { api, channelId, webhook, onChanged, onSent } = props;
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const test = useSave(async () => {
    await api.webhooks.test(channelId, webhook.id);
    toast.success(t("webhooks:tested"), { label: t("webhooks:action.log"), onClick: () => setOpen("log") });
    onSent();
  });
  const toggle = useSave(async () => {
    onChanged(await api.webhooks.update(channelId, webhook.id, { enabled: !webhook.enabled }));
  });
  const failed = [test.state, toggle.state].find((state) => state.kind === "failed");
  return (
    <li className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-52">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <bdi className="wrap-anywhere">{nameOf(webhook)}</bdi>
            <StateBadge state={stateOf(webhook)} />
          </p>
          <p className="truncate font-mono text-xs text-faint" title={webhook.url}>
            {webhook.url}
          </p>
        </div>
        <div className="flex items-center gap-1">
          <Button size="sm" aria-label={t("webhooks:log.of", { name: nameOf(webhook) })} onClick={() => setOpen("log")}>
            {t("webhooks:action.log")}
          </Button>
          <RowMenu
            name={nameOf(webhook)}
            isOn={webhook.enabled}
            onTest={() => void test.run()}
            onToggle={() => void toggle.run()}
            onOpen={setOpen}
          />
        </div>
      </div>
      <Trouble webhook={webhook} />
      {failed?.kind === "failed" ? (
        <p role="alert" className="text-sm text-live-text">
          {failed.text}
        </p>
      ) : null}
      <Dialogs {...props} open={open} onClose={() => setOpen(null)} />
    </li>
  );
}

function RowMenu(props: {
  name: string;
  isOn: boolean;
  onTest: () => void;
  onToggle: () => void;
  onOpen: (open: Open) => void;
}) {
  const { t } = useTranslation();
  const { name, isOn, onOpen } = props;
  return (
    <Menu trigger={<IconButton label={t("webhooks:more", { name })} icon={<EllipsisVertical />} />}>
      <MenuItem icon={<Send aria-hidden />} disabled={!isOn} onSelect={props.onTest}>
        {t("webhooks:action.test")}
      </MenuItem>
      <MenuItem icon={isOn ? <CircleOff aria-hidden /> : <CircleCheck aria-hidden />} onSelect={props.onToggle}>
        {t(isOn ? "webhooks:action.off" : "webhooks:action.on")}
      </MenuItem>
      <MenuItem icon={<Pencil aria-hidden />} onSelect={() => onOpen("edit")}>
        {t("webhooks:action.edit")}
      </MenuItem>
      <MenuItem icon={<KeyRound aria-hidden />} onSelect={() => onOpen("rotate")}>
        {t("webhooks:action.rotate")}
      </MenuItem>
      <MenuSeparator />
      <MenuItem danger icon={<Trash2 aria-hidden />} onSelect={() => onOpen("delete")}>
        {t("webhooks:action.delete")}
      </MenuItem>
    </Menu>
  );
}

function Dialogs({ api, channelId, webhook, open, ...on }: Props & { open: Open; onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<{ secret: string; formerUntil: string } | null>(null);
  const name = nameOf(webhook);
  const close = (isOpen: boolean): void => (isOpen ? undefined : on.onClose());
  return (
    <>
      {open === "log" ? (
        <DeliveryLog api={api} channelId={channelId} webhook={webhook} onSent={on.onSent} onClose={on.onClose} />
      ) : null}
      {open === "edit" ? (
        <WebhookDialog
          title={t("webhooks:form.editTitle")}
          action={t("webhooks:form.save")}
          initial={webhook}
          onSubmit={async (fields) => {
            on.onChanged(await api.webhooks.update(channelId, webhook.id, fields));
            on.onClose();
          }}
          onClose={on.onClose}
        />
      ) : null}
      <ConfirmDialog
        open={open === "rotate"}
        onOpenChange={close}
        tone="primary"
        title={t("webhooks:rotate.title", { name })}
        description={t("webhooks:rotate.text")}
        action={t("webhooks:action.rotate")}
        onConfirm={async () => setMade(await api.webhooks.rotate(channelId, webhook.id))}
      />
      <ConfirmDialog
        open={open === "delete"}
        onOpenChange={close}
        title={t("webhooks:delete.title", { name })}
        description={t("webhooks:delete.text")}
        action={t("webhooks:delete.action")}
        onConfirm={async () => {
          await api.webhooks.remove(channelId, webhook.id);
          on.onDeleted();
        }}
      />
      {made === null ? null : <SecretDialog {...made} onClose={() => setMade(null)} />}
    </>
  );
}

const LOOKS: Record<WebhookState, readonly [Tone, ReactNode]> = {
  on: ["green", <CircleCheck key="on" aria-hidden />],
  off: ["neutral", <CircleOff key="off" aria-hidden />],
  failing: ["amber", <TriangleAlert key="failing" aria-hidden />],
  paused: ["amber", <CirclePause key="paused" aria-hidden />],
};

function StateBadge({ state }: { state: WebhookState }) {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[state];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`webhooks:state.${state}`)}
    </Badge>
  );
}

function Trouble({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation();
  const state = stateOf(webhook);
  if (state !== "failing" && state !== "paused") return null;
  return (
    <p className="flex gap-2 rounded-sm bg-amber-tint px-3 py-2 text-sm text-amber-text">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      {state === "paused" ? (
        <span>
          {webhook.disabledReason} {t("webhooks:pausedHint")}
        </span>
      ) : (
        <span>
          {t("webhooks:failingSince")} <LocalTime at={webhook.failingSince ?? webhook.createdAt} style="schedule" />
        </span>
      )}
    </p>
  );
}
