/** A person's name; a button where more of them can be seen. */
import type { Person } from "@rostrum/contract/moderation";
import { useTranslation } from "react-i18next";

/** Opens what is known of an account on this channel. */
export type OnPerson = (accountId: string) => void;

/** `person` null: an account that is gone, or the server itself. */
export function PersonName(props: { person: Person | null; nobody?: string; onPerson?: OnPerson | undefined }) {
  const { person, nobody, onPerson } = props;
  const { t } = useTranslation();
  if (person === null) return <span className="text-muted">{nobody ?? t("moderation:gone")}</span>;
  const name = (
    <>
      <bdi className="font-medium">{person.displayName}</bdi>
      <span className="sr-only"> (@{person.handle})</span>
    </>
  );
  if (onPerson === undefined) return <span title={`@${person.handle}`}>{name}</span>;
  return (
    <button
      type="button"
      title={`@${person.handle}`}
      onClick={() => onPerson(person.id)}
      className="touch-target rounded-sm text-left wrap-anywhere underline decoration-line-strong underline-offset-2 hover:decoration-current"
    >
      {name}
    </button>
  );
}
