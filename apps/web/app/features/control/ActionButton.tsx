/** The one big button of the control room. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { Eye, Plus, Radio, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { type ActionName, nextAction } from "./next-action.ts";

const ICONS = { preview: Eye, live: Radio, end: Square } as const;
const VARIANTS = { preview: "primary", live: "live", end: "secondary" } as const;

/** What comes next in the life of the show. `onAct` asks first where the audience would notice. */
export function ActionButton({
  broadcast,
  busy,
  onAct,
}: {
  broadcast: OwnBroadcast;
  busy: ActionName | null;
  onAct: (action: ActionName) => void;
}) {
  const { t } = useTranslation();
  const next = nextAction(broadcast);
  if (next.kind === "none") {
    return (
      <ButtonLink to={`/dashboard?new=${broadcast.channel.id}`} size="lg" variant="primary">
        <Plus aria-hidden />
        {t("control:action.new")}
      </ButtonLink>
    );
  }
  const Icon = ICONS[next.kind];
  return (
    <>
      <Button
        size="lg"
        variant={next.blocked ? "secondary" : VARIANTS[next.kind]}
        disabled={next.blocked}
        busy={busy !== null}
        onClick={() => onAct(next.kind)}
        aria-describedby={next.blocked ? "why-blocked" : undefined}
        className="max-sm:flex-1"
      >
        {busy === null ? <Icon aria-hidden /> : null}
        {t(`control:action.${next.kind}`)}
      </Button>
      {next.blocked ? (
        <span id="why-blocked" className="sr-only">
          {t("control:action.blocked")}
        </span>
      ) : null}
    </>
  );
}
