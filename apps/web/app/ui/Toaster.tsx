/** Where toasts appear. Once, at the root. */
import { useTranslation } from "react-i18next";
import { Toaster as Sonner } from "sonner";

/** Above the navigation bar on phones, bottom right elsewhere. */
export function Toaster() {
  const { t } = useTranslation();
  return (
    <Sonner
      position="bottom-right"
      containerAriaLabel={t("ui.notifications")}
      offset={24}
      mobileOffset={{ bottom: "calc(var(--bottom-nav-height) + 12px)" }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-center gap-3 rounded-md bg-surface px-4 py-3 text-base text-text shadow-float sm:w-90 [&>[data-icon]]:shrink-0",
          title: "font-normal",
          content: "min-w-0 flex-1",
          actionButton: "ml-auto shrink-0 rounded-sm px-2 py-1 text-sm font-medium text-accent-text hover:bg-hover",
          success: "[&>[data-icon]]:text-green-text",
          error: "[&>[data-icon]]:text-live-text",
        },
      }}
    />
  );
}
