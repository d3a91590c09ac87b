/** Who says something: badge of their role, and the name in its colour. */
import type { ChatAuthor } from "@rostrum/contract/chat";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { Clapperboard, Crown, Mic, ShieldCheck, Swords } from "lucide-react";
import { useTranslation } from "react-i18next";
import { authorColor } from "./author-color.ts";

const ICONS = { owner: Crown, admin: ShieldCheck, producer: Clapperboard, moderator: Swords, guest: Mic } as const;

const LOOKS: Record<keyof typeof ICONS, string> = {
  owner: "text-amber-text",
  admin: "text-accent-text",
  producer: "text-blue-text",
  moderator: "text-green-text",
  guest: "text-muted",
};

/** An icon with its word for screen readers and on hover; nothing for viewers. */
export function RoleBadge({ role }: { role: ChannelRole }) {
  const { t } = useTranslation();
  if (role === "viewer") return null;
  const Icon = ICONS[role];
  const word = t(`chat:role.${role}`);
  return (
    <span title={word} className={`mr-1 inline-block align-[-2px] ${LOOKS[role]}`}>
      <Icon aria-hidden className="size-[1em]" />
      <span className="sr-only">{word}</span>
    </span>
  );
}

/** Opens what is known of an account. */
export type OnPerson = (accountId: string) => void;

/** With `onPerson` the name is a button; the same stands in the message's menu, so it is left out of the order of the Tab key. */
export function AuthorName({ author, onPerson }: { author: ChatAuthor; onPerson?: OnPerson | undefined }) {
  const name = (
    <bdi title={`@${author.handle}`} className="font-semibold" style={{ color: authorColor(author.color) }}>
      {author.displayName}
    </bdi>
  );
  return (
    <>
      <RoleBadge role={author.role} />
      {onPerson === undefined ? (
        name
      ) : (
        <button
          type="button"
          tabIndex={-1}
          onClick={() => onPerson(author.id)}
          className="rounded-sm text-left decoration-1 underline-offset-2 hover:underline"
        >
          {name}
        </button>
      )}
    </>
  );
}
