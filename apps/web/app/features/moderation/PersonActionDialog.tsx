/** Asks before somebody is warned, noted about, silenced or banned, and for the words that go with it. */
import { MODERATION_LIMITS, type Person } from "@rostrum/contract/moderation";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSend } from "../../lib/realtime/use-topic.ts";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";

export type PersonAction = "warn" | "note" | "timeout" | "ban";

/** Where it is decided: on a show, or on the channel as a whole. */
export type Place = Readonly<{ broadcastId: string }> | Readonly<{ channelId: string }>;

const TIMEOUTS_SEC = [60, 600, 3600, 86_400, 604_800, 2_419_200] as const;
/** In days; 0: for ever. */
const BAN_DAYS = [0, 1, 7, 30, 365] as const;
const DAY_MS = 86_400_000;
/** How far back what they said is removed, too. */
const REMOVE_MIN = 60;

type Form = Readonly<{ words: string; seconds: string; days: string; removes: boolean; isShared: boolean }>;
const BLANK: Form = { words: "", seconds: "600", days: "0", removes: false, isShared: false };

/** Give it a `key` of the action. */
export function PersonActionDialog(props: {
  action: PersonAction;
  person: Person;
  place: Place;
  mayShare: boolean;
  onClose: () => void;
  onDone: () => void;
}) {
  const { action, person, place, mayShare, onClose, onDone } = props;
  const { t } = useTranslation();
  const [form, setForm] = useState(BLANK);
  const send = useSend();
  const name = person.displayName;
  const set = (change: Partial<Form>): void => setForm({ ...form, ...change });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={t(`moderation:do.${action}.title`, { name })}
      tone={action === "warn" || action === "note" ? "primary" : "danger"}
      action={t(`moderation:do.${action}.action`)}
      disabled={(action === "warn" || action === "note") && form.words.trim() === ""}
      description={
        <div className="flex flex-col gap-4">
          <p>{t(`moderation:do.${action}.text`, { name })}</p>
          {action === "timeout" || action === "ban" ? (
            <Sentence action={action} form={form} onForm={set} mayShare={mayShare} />
          ) : null}
          <Words action={action} name={name} words={form.words} onWords={(words) => set({ words })} />
        </div>
      }
      onConfirm={async () => {
        await send(`moderation.${action}`, { ...place, accountId: person.id, ...bodyOf(action, form, Date.now()) });
        onDone();
      }}
    />
  );
}

function Sentence(props: {
  action: "timeout" | "ban";
  form: Form;
  onForm: (change: Partial<Form>) => void;
  mayShare: boolean;
}) {
  const { action, form, onForm, mayShare } = props;
  const { t } = useTranslation();
  return (
    <>
      {action === "timeout" ? (
        <Select
          label={t("moderation:do.length")}
          value={form.seconds}
          options={TIMEOUTS_SEC.map((sec) => ({ value: String(sec), label: t(`moderation:do.sec.${sec}`) }))}
          onValueChange={(seconds) => onForm({ seconds })}
        />
      ) : (
        <Select
          label={t("moderation:do.length")}
          value={form.days}
          options={BAN_DAYS.map((days) => ({
            value: String(days),
            label: days === 0 ? t("moderation:do.forever") : t("moderation:do.days", { count: days }),
          }))}
          onValueChange={(days) => onForm({ days })}
        />
      )}
      {action === "ban" && mayShare ? (
        <Switch
          label={t("moderation:do.shared")}
          hint={t("moderation:do.sharedHint")}
          checked={form.isShared}
          onCheckedChange={(isShared) => onForm({ isShared })}
        />
      ) : null}
      <Switch
        label={t("moderation:do.removes")}
        checked={form.removes}
        onCheckedChange={(removes) => onForm({ removes })}
      />
    </>
  );
}

function Words(props: { action: PersonAction; name: string; words: string; onWords: (words: string) => void }) {
  const { action, name, words, onWords } = props;
  const { t } = useTranslation();
  const field = {
    value: words,
    maxLength: action === "note" ? MODERATION_LIMITS.noteChars : MODERATION_LIMITS.reasonChars,
    onChange: (event: { target: { value: string } }) => onWords(event.target.value),
  };
  if (action === "warn" || action === "note") {
    return <TextArea {...field} rows={3} label={t(`moderation:do.${action}.words`, { name })} />;
  }
  return <TextField {...field} label={t("moderation:do.reason")} aside={t("ui.optional")} />;
}

function bodyOf(action: PersonAction, form: Form, nowMs: number): object {
  const words = form.words.trim();
  const removeLastMin = form.removes ? REMOVE_MIN : 0;
  switch (action) {
    case "warn":
    case "note":
      return { text: words };
    case "timeout":
      return { seconds: Number(form.seconds), reason: words, removeLastMin };
    case "ban": {
      const until = form.days === "0" ? null : new Date(nowMs + Number(form.days) * DAY_MS).toISOString();
      return { reason: words, removeLastMin, until, scope: form.isShared ? "owner" : "channel" };
    }
    default:
      return action satisfies never;
  }
}
