/** A new emote: a name and a picture. */
import type { Client } from "@rostrum/client/client";
import { CHAT_LIMITS, type ChatEmote, EmoteName } from "@rostrum/contract/chat";
import { Plus } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { SaveNote } from "../../ui/FormSection.tsx";
import { TextField } from "../../ui/TextField.tsx";

const MEBIBYTE = 1024 * 1024;

export function AddEmote(props: {
  api: Pick<Client, "chat">;
  channelId: string;
  /** There is no room for another one. */
  isFull: boolean;
  onAdded: (emote: ChatEmote) => void;
}) {
  const { api, channelId, isFull, onAdded } = props;
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [picture, setPicture] = useState<File | null>(null);
  const { state, run, reset } = useSave(async (file: File) => {
    onAdded(await api.chat.addEmote(channelId, name.trim(), file));
    setName("");
    setPicture(null);
    if (input.current !== null) input.current.value = "";
  });
  if (isFull) return <p className="text-sm text-muted">{t("moderation:emote.full", { count: CHAT_LIMITS.emotes })}</p>;
  const isNamed = EmoteName.safeParse(name.trim()).success;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (picture !== null) void run(picture);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-3">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField
          label={t("moderation:emote.name")}
          hint={t("moderation:emote.nameHint")}
          error={name !== "" && !isNamed ? t("moderation:emote.nameHint") : null}
          value={name}
          maxLength={24}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            reset();
            setName(event.target.value);
          }}
        />
        <div className="flex min-w-0 flex-col gap-1.5">
          <label htmlFor={id} className="text-sm font-medium">
            {t("moderation:emote.picture")}
          </label>
          <input
            ref={input}
            id={id}
            type="file"
            accept="image/png,image/jpeg,image/webp,image/avif"
            aria-describedby={`${id}-note`}
            onChange={(event) => {
              reset();
              setPicture(event.target.files?.[0] ?? null);
            }}
            className="w-full min-w-0 text-sm text-muted file:mr-3 file:h-9 file:rounded-sm file:border file:border-line-strong file:bg-surface file:px-3 file:text-sm file:font-medium file:text-text"
          />
          <p id={`${id}-note`} className="text-xs text-faint">
            {t("moderation:emote.pictureHint", {
              megabytes: CHAT_LIMITS.emoteBytes / MEBIBYTE,
              px: CHAT_LIMITS.emotePx,
            })}
          </p>
        </div>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SaveNote state={state} />
        <Button type="submit" busy={state.kind === "saving"} disabled={!isNamed || picture === null}>
          <Plus aria-hidden />
          {t("moderation:emote.add")}
        </Button>
      </div>
    </form>
  );
}
