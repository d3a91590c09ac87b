/** The rules of all chats of a channel, and what shield mode brings over them. */
import type { Client } from "@rostrum/client/client";
import { CHAT_DEFAULTS, type ChatRules, type OwnChatSettings } from "@rostrum/contract/chat";
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { FormSection } from "../../ui/FormSection.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { RulesFields } from "./RulesFields.tsx";

type Props = Readonly<{
  api: Pick<Client, "chat">;
  channelId: string;
  settings: OwnChatSettings;
  /** With what the server has now. */
  onSaved: (settings: OwnChatSettings) => void;
}>;

export function ChatRulesForm({ api, channelId, settings, onSaved }: Props) {
  const { t } = useTranslation();
  const { set } = settings;
  const draft = useDraft<ChatRules>({
    mode: set.mode ?? CHAT_DEFAULTS.mode,
    slowModeSec: set.slowModeSec ?? CHAT_DEFAULTS.slowModeSec,
    minAgeMin: set.minAgeMin ?? CHAT_DEFAULTS.minAgeMin,
    links: set.links ?? CHAT_DEFAULTS.links,
  });
  const { values, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = changes ?? {};
    onSaved(await api.chat.updateChannelSettings(channelId, sent));
    draft.settle(sent);
  });
  return (
    <FormSection
      id="rules"
      title={t("moderation:rules.title")}
      description={t("moderation:rules.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <RulesFields
        values={values}
        errorOf={errorOf}
        onValues={(change) => {
          reset();
          draft.set(change);
        }}
      />
    </FormSection>
  );
}

export function ShieldForm({ api, channelId, settings, onSaved }: Props) {
  const { t } = useTranslation();
  const draft = useDraft<ChatRules>(settings.preset);
  const { values, changes } = draft;
  const { state, run, reset, errorOf } = useSave(async () => {
    onSaved(await api.chat.updateChannelSettings(channelId, { preset: values }));
    draft.settle(values);
  });
  const isOn = settings.set.shield ?? false;
  const toggle = useSave(async (shield: boolean) =>
    onSaved(await api.chat.updateChannelSettings(channelId, { shield })),
  );
  return (
    <FormSection
      id="shield"
      title={t("moderation:shield.title")}
      description={t("moderation:shield.text")}
      state={state}
      dirty={changes !== null}
      onSave={() => void run()}
    >
      <div className="flex flex-col gap-1.5 border-b border-line pb-5">
        <Switch
          label={t("moderation:shield.now")}
          hint={t("moderation:shield.nowHint")}
          checked={isOn}
          disabled={toggle.state.kind === "saving"}
          onCheckedChange={(next) => void toggle.run(next)}
        />
        {toggle.state.kind === "failed" ? (
          <p role="alert" className="text-xs text-live-text">
            {toggle.state.text}
          </p>
        ) : null}
      </div>
      <RulesFields
        values={values}
        errorOf={(field) => errorOf(`preset.${field}`)}
        onValues={(change) => {
          reset();
          draft.set(change);
        }}
      />
    </FormSection>
  );
}
