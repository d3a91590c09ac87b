/** A window over the page; a sheet from below on phones. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "./cn.ts";
import { IconButton } from "./IconButton.tsx";

export const overlayClass = "fixed inset-0 z-50 animate-fade-in bg-overlay";
export const sheetClass =
  "fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] animate-sheet-in flex-col rounded-t-lg border-t border-line bg-surface shadow-float outline-none " +
  "pb-[env(safe-area-inset-bottom)] sm:inset-x-auto sm:top-[12dvh] sm:bottom-auto sm:left-1/2 sm:max-h-[76dvh] sm:w-[calc(100%-48px)] sm:-translate-x-1/2 sm:animate-fade-in sm:rounded-lg sm:border sm:pb-0";

const WIDTHS = { sm: "sm:max-w-105", md: "sm:max-w-135", lg: "sm:max-w-190" } as const;

export type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons at the bottom, the main one last. */
  footer?: ReactNode;
  size?: keyof typeof WIDTHS;
  children?: ReactNode;
};

/** Focus goes in, stays in, and returns to what opened it. Escape and a click outside close. */
export function Dialog({ open, onOpenChange, title, description, footer, size = "md", children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={overlayClass} />
        <Radix.Content
          className={cn(sheetClass, WIDTHS[size])}
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="flex items-start gap-4 px-5 pt-4 pb-3 sm:px-6 sm:pt-5">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-md font-semibold">{title}</Radix.Title>
              {description ? (
                <Radix.Description className="mt-1 text-sm text-muted">{description}</Radix.Description>
              ) : null}
            </div>
            <Radix.Close asChild>
              <IconButton label={t("ui.close")} icon={<X />} size="sm" className="-mt-1 -mr-2" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5 sm:px-6">{children}</div>
          {footer ? (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3 sm:px-6">
              {footer}
            </footer>
          ) : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Not the close button, which comes first: its tooltip would open, and Escape would close that instead of the dialog. */
function focusFirstField(event: Event): void {
  const content = event.currentTarget;
  if (!(content instanceof HTMLElement)) return;
  event.preventDefault();
  (content.querySelector<HTMLElement>("input:not([readonly]), textarea, select") ?? content).focus();
}
