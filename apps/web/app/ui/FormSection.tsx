/** A titled card that is a form of its own, saved by its own button, with the result beside it. */
import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button.tsx";
import { Section } from "./Card.tsx";

/** `failed` carries the sentence to show. */
export type SaveNoteState = { readonly kind: "idle" | "saving" | "saved" } | { readonly kind: "failed"; text: string };

/** Says in place how saving went. Keeps its room, so that nothing jumps. */
export function SaveNote({ state, hint }: { state: SaveNoteState; hint?: ReactNode }) {
  const { t } = useTranslation();
  if (state.kind === "failed") {
    return (
      <p role="alert" className="flex min-w-0 items-start gap-1.5 text-sm text-live-text">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <span>{state.text}</span>
      </p>
    );
  }
  return (
    <p role="status" className="flex min-h-5 min-w-0 items-center gap-1.5 text-sm text-faint">
      {state.kind === "saved" ? (
        <>
          <CircleCheck aria-hidden className="size-4 text-green-text" />
          <span className="text-green-text">{t("ui.saved")}</span>
        </>
      ) : (
        hint
      )}
    </p>
  );
}

/** `dirty` unlocks the button. `onSave` is called on submit; fields belong inside as children. */
export function FormSection({
  title,
  description,
  hint,
  state,
  dirty,
  action,
  onSave,
  children,
  id,
}: {
  title: ReactNode;
  description?: ReactNode;
  hint?: ReactNode;
  state: SaveNoteState;
  dirty: boolean;
  action?: string;
  onSave: () => void;
  children: ReactNode;
  id?: string;
}) {
  const { t } = useTranslation();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <Section
        {...(id ? { id } : {})}
        title={title}
        description={description}
        footer={
          <>
            {/* What was typed while it was saved is not. */}
            <SaveNote state={dirty && state.kind === "saved" ? { kind: "idle" } : state} hint={hint} />
            <Button
              type="submit"
              variant={dirty ? "primary" : "secondary"}
              busy={state.kind === "saving"}
              disabled={!dirty}
            >
              {action ?? t("ui.save")}
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-5">{children}</div>
      </Section>
    </form>
  );
}
