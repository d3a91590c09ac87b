/** The one appeal against a ban or a long time-out. */
import type { OwnBan } from "@rostrum/contract/moderation";
import { MODERATION_LIMITS } from "@rostrum/contract/moderation";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSend } from "../../lib/realtime/use-topic.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextArea } from "../../ui/TextField.tsx";

/** `onSent` with the ban as it is then. */
export function AppealButton({ ban, onSent }: { ban: OwnBan; onSent: (ban: OwnBan) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const send = useSend();
  const { state, run } = useSave(async () =>
    onSent(await send<OwnBan>("moderation.appeal", { banId: ban.id, text: text.trim() })),
  );
  const submit = (
    <Button
      variant="primary"
      busy={state.kind === "saving"}
      disabled={text.trim() === ""}
      onClick={() => void run().then((isDone) => isDone && setOpen(false))}
    >
      {t("chat:appeal.send")}
    </Button>
  );
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        {t("chat:appeal.action")}
      </Button>
      <Dialog
        open={isOpen}
        onOpenChange={setOpen}
        title={t("chat:appeal.title")}
        description={t("chat:appeal.text")}
        footer={submit}
      >
        <TextArea
          label={t("chat:appeal.words")}
          value={text}
          maxLength={MODERATION_LIMITS.appealChars}
          error={state.kind === "failed" ? state.text : null}
          onChange={(event) => setText(event.target.value)}
        />
      </Dialog>
    </>
  );
}
