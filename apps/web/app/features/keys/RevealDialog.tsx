/** Asks for the password before a stream key is shown. */
import type { KeySlot } from "@rostrum/contract/channels";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/TextField.tsx";

/** Closes when `onPassword` resolves, and shows its refusal under the field when it rejects. */
export function RevealDialog({
  open,
  onClose,
  slot,
  onPassword,
}: {
  open: boolean;
  onClose: () => void;
  slot: KeySlot;
  onPassword: (password: string) => Promise<void>;
}) {
  const { t } = useTranslation();
  const form = useId();
  const [password, setPassword] = useState("");
  const { state, run, reset } = useSave(onPassword);
  const close = (): void => {
    setPassword("");
    reset();
    onClose();
  };
  const submit = async (): Promise<void> => {
    if (await run(password)) close();
  };
  return (
    <Dialog
      size="sm"
      open={open}
      onOpenChange={close}
      title={t("keys:revealTitle", { slot: t(`keys:slot.${slot}`) })}
      description={t("keys:revealText")}
      footer={
        <>
          <Button onClick={close}>{t("ui.cancel")}</Button>
          <Button type="submit" form={form} variant="primary" busy={state.kind === "saving"} disabled={password === ""}>
            {t("keys:reveal")}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField
          type="password"
          autoComplete="current-password"
          label={t("keys:password")}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={state.kind === "failed" ? state.text : null}
        />
      </form>
    </Dialog>
  );
}
