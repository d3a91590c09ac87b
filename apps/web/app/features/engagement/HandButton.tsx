/** Raises one's hand, and lowers it. */
import { Hand } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { SignInLink } from "./SignInLink.tsx";
import type { Engagement } from "./use-engagement.ts";

/** `onHand` gets whether it is to be up. */
export function HandButton(props: { engagement: Engagement; isBusy: boolean; onHand: (isUp: boolean) => void }) {
  const { engagement, isBusy, onHand } = props;
  const { t } = useTranslation();
  if (!engagement.isSignedIn) return <SignInLink>{t("engagement:hand.signIn")}</SignInLink>;
  const isUp = (engagement.state.own?.hand ?? null) !== null;
  return (
    <Button
      size="sm"
      variant={isUp ? "secondary" : "ghost"}
      busy={isBusy}
      className={cn(isUp && "border-accent-line bg-accent-tint text-accent-text")}
      onClick={() => onHand(!isUp)}
    >
      <Hand aria-hidden className={cn(isUp && "fill-current")} />
      {t(isUp ? "engagement:hand.lower" : "engagement:hand.raise")}
    </Button>
  );
}
