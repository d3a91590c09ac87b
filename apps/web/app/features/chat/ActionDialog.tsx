/** Asks before somebody is silenced or something is taken away, and for the words that go with it. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import type { ChatActions } from "./use-chat.ts";

export type AskedAction = "delete" | "timeout" | "ban" | "warn" | "report";

const TIMEOUTS_SEC = [30, 60, 300, 600, 3600, 86_400, 604_800] as const;
const REASONS = ["spam", "abuse", "hate", "sexual", "private_data", "other"] as const;
/** How far back a ban removes what was said. */
const REMOVE_MIN = 60;

type Form = Readonly<{ seconds: string; reason: string; report: string; removes: boolean; isShared: boolean }>;
const BLANK: Form = { seconds: "600", reason: "", report: "spam", removes: false, isShared: false };

/** Give it a `key` of the message and the action. */
export function ActionDialog(props: {
  action: AskedAction;
  message: ChatMessage;
  /** The moderator may ban on all channels of the owner. */
  mayShare: boolean;
  actions: ChatActions;
  onClose: () => void;
  onDone: (action: AskedAction, message: ChatMessage) => void;
}) {
  const { action, message, actions, onClose, onDone } = props;
  const { t } = useTranslation();
  const [form, setForm] = useState(BLANK);
  const name = message.author?.displayName ?? t("chat:somebody");
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={t(`chat:ask.${action}.title`, { name })}
      tone={action === "warn" || action === "report" ? "primary" : "danger"}
      action={t(`chat:ask.${action}.action`)}
      disabled={action === "warn" && form.reason.trim() === ""}
      description={
        <div className="flex flex-col gap-4">
          <p>{t(`chat:ask.${action}.text`, { name })}</p>
          <blockquote className="line-clamp-3 border-l-2 border-line-strong pl-3 text-text">
            <bdi dir="auto" className="wrap-anywhere">
              {message.text}
            </bdi>
          </blockquote>
          <Fields
            action={action}
            name={name}
            mayShare={props.mayShare}
            form={form}
            onForm={(change) => setForm({ ...form, ...change })}
          />
        </div>
      }
      onConfirm={async () => {
        await actions.act(...callOf(action, message, form));
        onDone(action, message);
      }}
    />
  );
}

type FieldsProps = Readonly<{
  action: AskedAction;
  /** Of whom it is about. */
  name: string;
  mayShare: boolean;
  form: Form;
  onForm: (change: Partial<Form>) => void;
}>;

function Fields(props: FieldsProps) {
  const { action, form, onForm } = props;
  const { t } = useTranslation();
  return (
    <>
      {action === "timeout" ? (
        <Select
          label={t("chat:ask.timeout.length")}
          value={form.seconds}
          options={TIMEOUTS_SEC.map((sec) => ({ value: String(sec), label: t(`chat:ask.timeout.sec.${sec}`) }))}
          onValueChange={(seconds) => onForm({ seconds })}
        />
      ) : null}
      {action === "report" ? (
        <Select
          label={t("chat:ask.report.reason")}
          value={form.report}
          options={REASONS.map((reason) => ({
            value: reason as string,
            label: t(`chat:ask.report.reasons.${reason}`),
          }))}
          onValueChange={(report) => onForm({ report })}
        />
      ) : null}
      {action === "ban" && props.mayShare ? (
        <Switch
          label={t("chat:ask.ban.shared")}
          hint={t("chat:ask.ban.sharedHint")}
          checked={form.isShared}
          onCheckedChange={(isShared) => onForm({ isShared })}
        />
      ) : null}
      {action === "ban" || action === "timeout" ? (
        <Switch
          label={t("chat:ask.removes")}
          checked={form.removes}
          onCheckedChange={(removes) => onForm({ removes })}
        />
      ) : null}
      <Words {...props} />
    </>
  );
}

function Words({ action, name, form, onForm }: FieldsProps) {
  const { t } = useTranslation();
  const common = {
    value: form.reason,
    maxLength: 300,
    onChange: (event: { target: { value: string } }) => onForm({ reason: event.target.value }),
  };
  if (action === "warn") return <TextArea {...common} rows={3} label={t("chat:ask.warn.words", { name })} />;
  return <TextField {...common} label={t("chat:ask.reason")} aside={t("ui.optional")} />;
}

/** The action's name and its body. */
function callOf(action: AskedAction, message: ChatMessage, form: Form): [string, unknown] {
  const { id: messageId, broadcastId, author } = message;
  const reason = form.reason.trim();
  const about = { broadcastId, messageId, accountId: author?.id };
  const removeLastMin = form.removes ? REMOVE_MIN : 0;
  switch (action) {
    case "delete":
      return ["chat.delete", { messageId, ...(reason === "" ? {} : { reason }) }];
    case "report":
      return ["chat.report", { messageId, reason: form.report, ...(reason === "" ? {} : { note: reason }) }];
    case "warn":
      return ["moderation.warn", { ...about, text: reason }];
    case "timeout":
      return ["moderation.timeout", { ...about, seconds: Number(form.seconds), reason, removeLastMin }];
    case "ban":
      return ["moderation.ban", { ...about, reason, removeLastMin, scope: form.isShared ? "owner" : "channel" }];
    default:
      return action satisfies never;
  }
}
