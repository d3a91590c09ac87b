/** Asks before something is lost. */
import { AlertDialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button.tsx";
import { cn } from "./cn.ts";
import { overlayClass, sheetClass } from "./Dialog.tsx";
import { TextField } from "./TextField.tsx";

export type ConfirmDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Names what will be lost. */
  description: ReactNode;
  /** The verb, for instance "Delete channel". */
  action: string;
  /** The person must type this text first; for what cannot be undone. */
  typeToConfirm?: string;
  /** `primary` where nothing is lost (go live), `danger` where something is. */
  tone?: "danger" | "live" | "primary";
  /** What the description asks for is not there yet. */
  disabled?: boolean;
  /** The dialog closes when the promise resolves, and shows its error when it rejects. */
  onConfirm: () => Promise<void> | void;
};

/** The safe answer has the focus; a click outside does not close. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={overlayClass} />
        <Radix.Content className={cn(sheetClass, "sm:max-w-105")}>
          <ConfirmBody {...props} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function ConfirmBody(props: ConfirmDialogProps) {
  const { title, description, action, typeToConfirm, tone = "danger", disabled, onConfirm, onOpenChange } = props;
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : t("error.unknown"));
      setBusy(false);
    }
  };
  return (
    <>
      <div className="flex flex-col gap-2 overflow-y-auto p-5 sm:p-6">
        <Radix.Title className="text-md font-semibold">{title}</Radix.Title>
        <Radix.Description asChild>
          <div className="text-sm text-muted">{description}</div>
        </Radix.Description>
        {typeToConfirm ? (
          <TextField
            className="mt-3"
            label={t("ui.typeToConfirm", { text: typeToConfirm })}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        ) : null}
        {error ? (
          <p role="alert" className="mt-2 text-sm text-live-text">
            {error}
          </p>
        ) : null}
      </div>
      <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3 sm:px-6">
        <Radix.Cancel asChild>
          <Button>{t("ui.cancel")}</Button>
        </Radix.Cancel>
        <Button
          variant={tone}
          busy={busy}
          disabled={disabled === true || (typeToConfirm !== undefined && typed.trim() !== typeToConfirm)}
          onClick={() => void confirm()}
        >
          {action}
        </Button>
      </footer>
    </>
  );
}
