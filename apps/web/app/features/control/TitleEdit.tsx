/** The show's title, changed where it stands. */
import { Pencil } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { inputClass } from "../../ui/Field.tsx";
import { cn } from "../../ui/cn.ts";

const MAX_LENGTH = 140;

type TitleEditProps = Readonly<{
  title: string;
  /** Answers false when it was refused. Null: the title is only shown. */
  onSave: ((title: string) => Promise<boolean>) | null;
}>;

/** Enter and leaving the field save, Escape takes back. An empty title is no change. What was refused stands in the field again. */
export function TitleEdit({ title, onSave }: TitleEditProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string | null>(null);
  const [isRefused, setRefused] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  if (onSave === null) return <h1 className="truncate text-lg font-semibold">{title}</h1>;

  const finish = (text: string | null): void => {
    setDraft(null);
    const wanted = text?.trim() ?? "";
    if (wanted !== "" && wanted !== title) void save(wanted);
  };
  const save = async (wanted: string): Promise<void> => {
    const isSaved = await onSave(wanted);
    setRefused(!isSaved);
    if (!isSaved) setDraft((typed) => typed ?? wanted);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    finish(event.key === "Enter" ? draft : null);
    requestAnimationFrame(() => opener.current?.focus());
  };
  if (draft !== null) {
    return (
      <input
        // The person has just asked for it by the button that stood here; who comes back to a refusal is elsewhere by now.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus={!isRefused}
        aria-invalid={isRefused || undefined}
        aria-label={t("control:title.label")}
        value={draft}
        maxLength={MAX_LENGTH}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => finish(draft)}
        onFocus={(event) => event.target.select()}
        className={cn(inputClass, "-ml-3 h-8 max-w-150 text-md font-semibold sm:text-md")}
      />
    );
  }
  return (
    <h1 className="flex min-w-0 text-lg font-semibold">
      <button
        ref={opener}
        type="button"
        onClick={() => {
          setRefused(false);
          setDraft(title);
        }}
        className="group -ml-2 flex min-w-0 items-center gap-2 rounded-sm px-2 text-left hover:bg-hover"
      >
        <span className="line-clamp-2 sm:line-clamp-1">{title}</span>
        <Pencil aria-hidden className="size-4 shrink-0 text-icon opacity-60 group-hover:opacity-100" />
        <span className="sr-only">{t("control:title.edit")}</span>
      </button>
    </h1>
  );
}
