/** A channel's own emotes: added, renamed, deleted. */
import type { Client } from "@rostrum/client/client";
import { CHAT_LIMITS, type ChatEmote } from "@rostrum/contract/chat";
import { ImageUp, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { AddEmote } from "./AddEmote.tsx";

type Props = Readonly<{ api: Pick<Client, "chat">; channelId: string; mayChange: boolean }>;

/** `emotes`: those there are at first. */
export function EmoteList({ emotes: initial, ...props }: Props & { emotes: readonly ChatEmote[] }) {
  const { t } = useTranslation();
  const [emotes, setEmotes] = useState(initial);
  const { mayChange } = props;
  const byName = (all: readonly ChatEmote[]) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return (
    <Section
      id="emotes"
      title={t("moderation:emote.title")}
      description={t("moderation:emote.text")}
      actions={
        <span className="text-sm text-faint tabular">
          {emotes.length} / {CHAT_LIMITS.emotes}
        </span>
      }
    >
      <div className="flex flex-col gap-5">
        {mayChange ? (
          <AddEmote
            {...props}
            isFull={emotes.length >= CHAT_LIMITS.emotes}
            onAdded={(emote) => setEmotes((all) => byName([...all, emote]))}
          />
        ) : null}
        {emotes.length === 0 ? (
          <p className="flex items-center gap-2 text-sm text-muted">
            <ImageUp aria-hidden className="size-4 text-icon" />
            {t("moderation:emote.empty")}
          </p>
        ) : (
          <ul className="grid gap-2 sm:grid-cols-2">
            {emotes.map((emote) => (
              <EmoteRow
                key={emote.id}
                {...props}
                emote={emote}
                onRenamed={(now) => setEmotes((all) => byName(all.map((each) => (each.id === now.id ? now : each))))}
                onRemoved={() => setEmotes((all) => all.filter(({ id }) => id !== emote.id))}
              />
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

type RowProps = Props & Readonly<{ emote: ChatEmote; onRenamed: (emote: ChatEmote) => void; onRemoved: () => void }>;

function EmoteRow(props: RowProps) {
  const { api, channelId, mayChange, emote, onRemoved } = props;
  const { t } = useTranslation();
  const [isRenaming, setRenaming] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const name = `:${emote.name}:`;
  return (
    <li className="flex min-h-14 flex-wrap items-center gap-3 rounded-sm border border-line px-3 py-2">
      <img src={emote.url} alt="" className="size-8 object-contain" />
      {isRenaming ? (
        <RenameForm {...props} onDone={() => setRenaming(false)} />
      ) : (
        <>
          <span className="min-w-0 flex-1 truncate font-mono text-sm">{name}</span>
          {mayChange ? (
            <span className="flex">
              <IconButton
                size="sm"
                label={t("moderation:emote.renameOf", { name })}
                icon={<Pencil />}
                onClick={() => setRenaming(true)}
              />
              <IconButton
                size="sm"
                label={t("moderation:emote.removeOf", { name })}
                icon={<Trash2 />}
                onClick={() => setRemoving(true)}
              />
            </span>
          ) : null}
        </>
      )}
      <ConfirmDialog
        open={isRemoving}
        onOpenChange={setRemoving}
        title={t("moderation:emote.removeTitle", { name })}
        description={t("moderation:emote.removeText", { name })}
        action={t("moderation:emote.remove")}
        onConfirm={async () => {
          await api.chat.removeEmote(channelId, emote.id);
          onRemoved();
        }}
      />
    </li>
  );
}

function RenameForm({ api, channelId, emote, onRenamed, onDone }: RowProps & { onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(emote.name);
  const { state, run } = useSave(async () => {
    onRenamed(await api.chat.renameEmote(channelId, emote.id, name.trim()));
    onDone();
  });
  return (
    <form
      noValidate
      className="flex min-w-0 flex-1 flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <TextField
        className="min-w-32 flex-1"
        label={t("moderation:emote.name")}
        value={name}
        maxLength={24}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        // Asked for by a click on "rename".
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        error={state.kind === "failed" ? (state.fields["name"] ?? state.text) : null}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => (event.key === "Escape" ? onDone() : undefined)}
      />
      <Button type="submit" size="sm" busy={state.kind === "saving"} disabled={name.trim() === ""}>
        {t("ui.save")}
      </Button>
      <Button size="sm" variant="ghost" onClick={onDone}>
        {t("ui.cancel")}
      </Button>
    </form>
  );
}
