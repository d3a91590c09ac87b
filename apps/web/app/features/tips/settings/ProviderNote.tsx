/** Where tips are paid, and what is missing while they are only played. */
import { CreditCard, TriangleAlert } from "lucide-react";
import { Trans, useTranslation } from "react-i18next";

/** `isTest`: no money moves. `publicUrl` without a trailing slash. */
export function ProviderNote(props: { provider: "stripe" | "demo"; isTest: boolean; publicUrl: string }) {
  const { provider, isTest, publicUrl } = props;
  const { t } = useTranslation();
  if (!isTest) {
    return (
      <p className="flex gap-2 rounded-sm bg-green-tint px-3 py-2 text-sm text-green-text">
        <CreditCard aria-hidden className="mt-0.5 size-4 shrink-0" />
        {t("tips:provider.stripe")}
      </p>
    );
  }
  const code = <code className="font-mono text-xs wrap-anywhere" />;
  return (
    <div className="flex gap-2 rounded-sm bg-amber-tint px-3 py-2 text-sm text-amber-text">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="flex min-w-0 flex-col gap-1">
        <p className="font-medium">{t("tips:demoNote")}</p>
        <p>
          <Trans
            i18nKey={provider === "stripe" ? "tips:provider.test" : "tips:provider.missing"}
            values={{ url: `${publicUrl}/api/v1/payments/stripe/webhook` }}
            components={{ code }}
          />
        </p>
      </div>
    </div>
  );
}
