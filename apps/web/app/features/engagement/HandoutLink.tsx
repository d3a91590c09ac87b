/** The link of a handout: opens beside the show, tells the other site nothing, and says where it leads. */
import type { Handout } from "@rostrum/contract/engagement";
import { ExternalLink } from "lucide-react";
import { useTranslation } from "react-i18next";
import { buttonClass, type ButtonVariant } from "../../ui/Button.tsx";
import type { Engagement } from "./use-engagement.ts";

/** Nothing where the address is none that a page may open. */
export function HandoutLink(props: { handout: Handout; engagement: Engagement; look: ButtonVariant }) {
  const { handout, engagement, look } = props;
  const { t } = useTranslation();
  const host = hostOf(handout.url);
  if (host === null) return null;
  return (
    <a
      href={handout.url}
      target="_blank"
      rel="noopener noreferrer nofollow ugc"
      title={host}
      // Counting it must not keep anybody from where the link leads.
      onClick={() => void engagement.actions.opened(handout.id).catch(() => undefined)}
      className={buttonClass({ size: "sm", variant: look }, "max-w-56")}
    >
      <ExternalLink aria-hidden />
      <bdi className="truncate">{handout.label}</bdi>
      <span className="sr-only">{t("engagement:handout.leads", { host })}</span>
    </a>
  );
}

/** Of an https address. */
export function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host } = new URL(url);
  return protocol === "https:" ? host : null;
}
