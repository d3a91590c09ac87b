/** Who somebody is on this server. */
import type { Client } from "@rostrum/client/client";
import type { User } from "@rostrum/contract/accounts";
import { useTranslation } from "react-i18next";
import { useDraft } from "../../lib/use-draft.ts";
import { useSave } from "../../lib/use-save.ts";
import { FormSection } from "../../ui/FormSection.tsx";
import { TextField } from "../../ui/TextField.tsx";

/** `onSaved` is called with what the server has now. */
export function ProfileForm({
  api,
  user,
  onSaved,
}: {
  api: Pick<Client, "me">;
  user: User;
  onSaved: (user: User) => void;
}) {
  const { t } = useTranslation();
  const draft = useDraft({ displayName: user.displayName });
  const { state, run, reset, errorOf } = useSave(async () => {
    onSaved(await api.me.update(draft.values));
    draft.settle(draft.values);
  });
  return (
    <FormSection
      title={t("account:profile.title")}
      state={state}
      dirty={draft.changes !== null}
      onSave={() => void run()}
    >
      <TextField
        label={t("account:profile.displayName")}
        hint={t("account:profile.displayNameHint")}
        autoComplete="name"
        value={draft.values.displayName}
        maxLength={60}
        error={errorOf("displayName")}
        onChange={(event) => {
          reset();
          draft.set({ displayName: event.target.value });
        }}
      />
      <dl className="grid gap-x-5 gap-y-3 text-sm sm:grid-cols-2">
        <Fact name={t("account:profile.email")} value={user.email} />
        <Fact name={t("account:profile.handle")} value={`@${user.handle}`} />
      </dl>
    </FormSection>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="truncate">{value}</dd>
    </div>
  );
}
