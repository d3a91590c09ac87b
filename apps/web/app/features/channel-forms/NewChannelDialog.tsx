/** Makes a channel: its handle and its name. */
import type { Client } from "@rostrum/client/client";
import type { OwnChannel } from "@rostrum/contract/channels";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/TextField.tsx";

/** Open as long as it is rendered. */
export function NewChannelDialog({
  api,
  onClose,
  onCreated,
}: {
  api: Pick<Client, "channels">;
  onClose: () => void;
  onCreated: (channel: OwnChannel) => void;
}) {
  const { t } = useTranslation();
  const form = useId();
  const [title, setTitle] = useState("");
  const [handle, setHandle] = useState("");
  const { state, run, errorOf } = useSave(async () => onCreated(await api.channels.create({ title, handle })));
  // What belongs to no field is said below them.
  const general = state.kind === "failed" && errorOf("handle") === null && errorOf("title") === null;
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={onClose}
      title={t("channel-forms:new.title")}
      description={t("channel-forms:new.text")}
      footer={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            busy={state.kind === "saving"}
            disabled={title.trim() === "" || handle.trim() === ""}
          >
            {t("channel-forms:new.create")}
          </Button>
        </>
      }
    >
      <form
        id={form}
        noValidate
        className="flex flex-col gap-5 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextField
          label={t("channel-forms:name")}
          value={title}
          maxLength={100}
          error={errorOf("title")}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextField
          label={t("channel-forms:handle")}
          hint={t("channel-forms:handleHint")}
          prefix="@"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={handle}
          maxLength={30}
          error={errorOf("handle")}
          onChange={(event) => setHandle(event.target.value)}
        />
        {general ? (
          <p role="alert" className="text-sm text-live-text">
            {state.text}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}
