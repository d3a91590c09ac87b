/** A password that can be looked at while it is typed. */
import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { Field, type FieldProps, inputClass } from "../../ui/Field.tsx";

/** `autoComplete` tells password managers which it is: `current-password` or `new-password`. */
export function PasswordField({
  label,
  hint,
  error,
  autoComplete,
  ...input
}: Pick<FieldProps, "label" | "hint" | "error"> & {
  autoComplete: "current-password" | "new-password";
} & Pick<ComponentProps<"input">, "name" | "value" | "onChange" | "required">) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <div className="relative">
          <input
            {...input}
            {...control}
            type={shown ? "text" : "password"}
            autoComplete={autoComplete}
            maxLength={256}
            className={cn(inputClass, "touch-target h-10 pr-11")}
          />
          <button
            type="button"
            aria-pressed={shown}
            aria-label={shown ? t("account-forms:hidePassword") : t("account-forms:showPassword")}
            onClick={() => setShown(!shown)}
            className="absolute top-1/2 right-1 inline-flex size-8 -translate-y-1/2 items-center justify-center rounded-sm text-icon hover:bg-hover hover:text-text pointer-coarse:size-10"
          >
            {shown ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
          </button>
        </div>
      )}
    </Field>
  );
}
