/** Makes a show: what it is called, who may watch, now or later. The rest comes from the channel. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast, Visibility } from "@rostrum/contract/broadcasts";
import type { OwnChannel } from "@rostrum/contract/channels";
import type { Category } from "@rostrum/contract/common";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { CategorySelect } from "../../ui/ChoiceFields.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { type Audience, AudienceField, EVERYBODY } from "./AudienceField.tsx";
import { StartField } from "./StartField.tsx";
import { VisibilityField } from "./VisibilityField.tsx";

type Props = {
  api: Pick<Client, "broadcasts">;
  /** Those on which the caller may make a show; at least one. */
  channels: readonly OwnChannel[];
  /** The channel that is chosen at first. */
  channelId: string;
  onClose: () => void;
  onCreated: (broadcast: OwnBroadcast) => void;
};

/** Open as long as it is rendered. */
export function NewBroadcastDialog(props: Props) {
  const { t } = useTranslation();
  const form = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      open
      onOpenChange={props.onClose}
      title={t("broadcast-forms:new.title")}
      description={t("broadcast-forms:new.text")}
      footer={
        <>
          <Button onClick={props.onClose}>{t("ui.cancel")}</Button>
          <Button type="submit" form={form} variant="primary" busy={busy}>
            {t("broadcast-forms:new.create")}
          </Button>
        </>
      }
    >
      <NewBroadcastForm {...props} id={form} onBusy={setBusy} />
    </Dialog>
  );
}

function NewBroadcastForm({
  api,
  channels,
  channelId,
  onCreated,
  id,
  onBusy,
}: Props & { id: string; onBusy: (busy: boolean) => void }) {
  const { t } = useTranslation();
  const [channel, setChannel] = useState(channelId);
  const [title, setTitle] = useState("");
  const [visibility, setVisibility] = useState<Visibility>("public");
  const [audience, setAudience] = useState<Audience>(EVERYBODY);
  const [category, setCategory] = useState<Category>(
    channels.find((each) => each.id === channelId)?.category ?? "other",
  );
  const [when, setWhen] = useState<"now" | "later">("now");
  const [startAt, setStartAt] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  const { state, run, errorOf } = useSave(async () => {
    const start = when === "later" ? startAt : null;
    const about = { channelId: channel, title, visibility, category, ...audience };
    onCreated(await api.broadcasts.create({ ...about, startAt: start }));
  });
  const autoLive = channels.find((each) => each.id === channel)?.settings.autoLive ?? false;
  const incomplete = { title: title.trim() === "", start: when === "later" && startAt === null };
  const submit = async (): Promise<void> => {
    setMissing(true);
    if (incomplete.title || incomplete.start) return;
    onBusy(true);
    await run();
    onBusy(false);
  };
  return (
    <form
      id={id}
      noValidate
      className="flex flex-col gap-5 pt-1"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextField
        label={t("field.title")}
        value={title}
        maxLength={140}
        onChange={(event) => setTitle(event.target.value)}
        error={missing && incomplete.title ? t("broadcast-forms:titleMissing") : errorOf("title")}
      />
      {channels.length > 1 ? (
        <Select
          label={t("broadcast-forms:channel")}
          value={channel}
          onValueChange={setChannel}
          options={channels.map((each) => ({ value: each.id, label: `${each.title} (@${each.handle})` }))}
        />
      ) : null}
      <VisibilityField value={visibility} onChange={setVisibility} />
      <AudienceField value={audience} error={errorOf("kidMode")} onChange={setAudience} />
      <div className="flex flex-col gap-3">
        <SegmentedControl
          label={t("broadcast-forms:when.label")}
          value={when}
          onValueChange={setWhen}
          options={[
            { value: "now", label: t("broadcast-forms:when.now") },
            { value: "later", label: t("broadcast-forms:when.later") },
          ]}
          className="self-start max-sm:w-full"
        />
        {when === "later" ? (
          <StartField
            startAt={startAt}
            onChange={setStartAt}
            error={missing && incomplete.start ? t("broadcast-forms:start.missing") : errorOf("startAt")}
          />
        ) : (
          <p className="text-xs text-faint">
            {t(autoLive ? "broadcast-forms:when.autoHint" : "broadcast-forms:when.nowHint")}
          </p>
        )}
      </div>
      <CategorySelect value={category} onValueChange={setCategory} error={errorOf("category")} />
      {state.kind === "failed" ? (
        <p role="alert" className="text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
    </form>
  );
}
