/** Some of a channel's settings as a form: what is edited, what is sent, what came of it. */
import type { Client } from "@rostrum/client/client";
import type { ChannelSettings, OwnChannel } from "@rostrum/contract/channels";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";

export type MediaFormProps = Readonly<{
  api: Pick<Client, "channels" | "recordings" | "files">;
  channel: OwnChannel;
  /** Called with what the server has now. */
  onSaved: (channel: OwnChannel) => void;
}>;

/** `pick` says which settings the form has. */
export function useSettingsForm<T extends Partial<ChannelSettings>>(
  { api, channel, onSaved }: MediaFormProps,
  pick: (settings: ChannelSettings) => T,
) {
  const draft = useDraft(pick(channel.settings));
  const { state, run, reset, errorOf } = useSave(async () => {
    const sent = draft.changes ?? {};
    onSaved(await api.channels.update(channel.id, { settings: sent }));
    draft.settle(sent);
  });
  return {
    values: draft.values,
    dirty: draft.changes !== null,
    state,
    save: () => void run(),
    errorOf: (name: keyof T & string) => errorOf(`settings.${name}`),
    edit: (fields: Partial<T>): void => {
      reset();
      draft.set(fields);
    },
  };
}
