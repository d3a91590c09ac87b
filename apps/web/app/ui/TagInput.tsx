/** Several short words. Enter or a comma ends one, Backspace in the empty field takes the last one back. */
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip } from "./Chip.tsx";
import { cn } from "./cn.ts";
import { Field, type FieldProps, inputClass } from "./Field.tsx";

/** `current` with what was typed added: lower case, no doubles, at most `max`, 30 characters each. */
export function addTags(current: readonly string[], typed: string, max: number): string[] {
  const fresh = typed.split(/[,\n]/).map((tag) => tag.trim().replace(/^#/, "").toLowerCase().slice(0, 30));
  return [...new Set([...current, ...fresh.filter((tag) => tag !== "")])].slice(0, max);
}

/** `max` defaults to 10. */
export function TagInput({
  label,
  hint,
  error,
  aside,
  className,
  value,
  onValueChange,
  max = 10,
}: FieldProps & { value: readonly string[]; onValueChange: (tags: string[]) => void; max?: number }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const commit = () => {
    if (typed.trim() !== "") onValueChange(addTags(value, typed, max));
    setTyped("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.key === "Enter" && typed.trim() !== "") || event.key === ",") {
      event.preventDefault();
      commit();
    } else if (event.key === "Backspace" && typed === "" && value.length > 0) {
      onValueChange(value.slice(0, -1));
    }
  };
  return (
    <Field label={label} hint={hint} error={error} aside={aside ?? `${value.length} / ${max}`} className={className}>
      {(control) => (
        <div
          className={cn(
            inputClass,
            "flex min-h-9 flex-wrap items-center gap-1.5 px-2 py-1 focus-within:border-accent-text",
          )}
        >
          {value.map((tag) => (
            <Chip
              key={tag}
              removeLabel={t("ui.removeTag", { tag })}
              onRemove={() => onValueChange(value.filter((other) => other !== tag))}
            >
              {tag}
            </Chip>
          ))}
          <input
            {...control}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={commit}
            disabled={value.length >= max}
            enterKeyHint="done"
            className="h-7 min-w-24 flex-1 bg-transparent px-1 outline-none"
          />
        </div>
      )}
    </Field>
  );
}
