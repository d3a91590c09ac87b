/** In the account's settings: where its person cannot write at the moment. */
import type { OwnBan } from "@rostrum/contract/moderation";
import { useTranslation } from "react-i18next";
import { Section } from "../../ui/Card.tsx";
import { BanNote } from "./BanNote.tsx";

/** Nothing when there is nothing. */
export function OwnBans({ bans }: { bans: readonly OwnBan[] }) {
  const { t } = useTranslation();
  if (bans.length === 0) return null;
  return (
    <Section id="bans" title={t("chat:ban.title")} description={t("chat:ban.text")}>
      <ul className="-my-3 divide-y divide-line">
        {bans.map((ban) => (
          <li key={ban.id} className="py-3">
            <BanNote ban={ban} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
