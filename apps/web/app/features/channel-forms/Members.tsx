/** The crew of a channel: who is in it, with which role. */
import type { Client } from "@rostrum/client/client";
import type { ChannelMember, OwnChannel } from "@rostrum/contract/channels";
import { can, MemberRole } from "@rostrum/contract/permissions";
import { UserMinus, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Avatar } from "../../ui/Avatar.tsx";
import { Button } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { SaveNote } from "../../ui/FormSection.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Select, SelectInput } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";

type Props = {
  api: Pick<Client, "channels">;
  channel: OwnChannel;
};

/** `members`: those there are at first. */
export function Members({ members: initial, ...props }: Props & { members: readonly ChannelMember[] }) {
  const { t } = useTranslation();
  const { channel } = props;
  const [members, setMembers] = useState(initial);
  const mayChange = can(channel.role, "members.update");
  return (
    <Section id="members" title={t("channel-forms:members.title")} description={t("channel-forms:members.text")}>
      <ul className="-my-2 divide-y divide-line">
        {members.map((member) => (
          <MemberRow
            key={member.accountId}
            {...props}
            member={member}
            mayChange={mayChange}
            onChanged={(now) => setMembers((all) => all.map((each) => (each === member ? now : each)))}
            onRemoved={() => setMembers((all) => all.filter((each) => each !== member))}
          />
        ))}
      </ul>
      {mayChange ? <AddMember {...props} onAdded={(member) => setMembers((all) => [...all, member])} /> : null}
    </Section>
  );
}

function MemberRow({
  api,
  channel,
  member,
  mayChange,
  onChanged,
  onRemoved,
}: Props & {
  member: ChannelMember;
  mayChange: boolean;
  onChanged: (member: ChannelMember) => void;
  onRemoved: () => void;
}) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState(false);
  const { state, run } = useSave(async (role: MemberRole) => {
    onChanged(await api.channels.updateMember(channel.id, member.accountId, { role }));
  });
  const remove = async (): Promise<void> => {
    await api.channels.removeMember(channel.id, member.accountId);
    onRemoved();
  };
  const role = MemberRole.safeParse(member.role);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
      <Avatar name={member.displayName} seed={member.handle} />
      <div className="min-w-0 flex-1 basis-40">
        <p className="truncate font-medium">{member.displayName}</p>
        <p className="truncate text-sm text-muted">@{member.handle}</p>
      </div>
      {mayChange && role.success ? (
        <>
          <SelectInput
            aria-label={t("channel-forms:members.roleOf", { name: member.displayName })}
            value={role.data}
            disabled={state.kind === "saving"}
            onValueChange={(next) => void run(next)}
            options={roleOptions(t)}
            className="w-36"
          />
          <IconButton
            label={t("channel-forms:members.remove", { name: member.displayName })}
            icon={<UserMinus />}
            onClick={() => setRemoving(true)}
          />
        </>
      ) : (
        <span className="text-sm text-muted">{t(`channel-forms:role.${member.role}`)}</span>
      )}
      {state.kind === "failed" ? (
        <p role="alert" className="w-full text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={t("channel-forms:members.removeTitle", { name: member.displayName })}
        description={t("channel-forms:members.removeText", { channel: channel.title })}
        action={t("channel-forms:members.removeAction")}
        onConfirm={remove}
      />
    </li>
  );
}

function AddMember({ api, channel, onAdded }: Props & { onAdded: (member: ChannelMember) => void }) {
  const { t } = useTranslation();
  const [handle, setHandle] = useState("");
  const [role, setRole] = useState<MemberRole>("producer");
  const { state, run } = useSave(async () => {
    onAdded(await api.channels.addMember(channel.id, { handle: handle.replace(/^@/, ""), role }));
    setHandle((now) => (now === handle ? "" : now));
  });
  return (
    <form
      noValidate
      className="mt-4 flex flex-col gap-3 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,11rem)]">
        <TextField
          label={t("channel-forms:members.handle")}
          prefix="@"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={handle}
          onChange={(event) => setHandle(event.target.value)}
        />
        <Select label={t("channel-forms:members.role")} value={role} onValueChange={setRole} options={roleOptions(t)} />
      </div>
      <p className="text-xs text-faint">{t(`channel-forms:roleHint.${role}`)}</p>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <SaveNote state={state} />
        <Button type="submit" busy={state.kind === "saving"} disabled={handle.trim() === ""}>
          <UserPlus aria-hidden />
          {t("channel-forms:members.add")}
        </Button>
      </div>
    </form>
  );
}

function roleOptions(t: (key: string) => string) {
  return MemberRole.options.map((option) => ({ value: option, label: t(`channel-forms:role.${option}`) }));
}
