/** What a channel's audience may do and its crew show: switches that are saved at once. */
import type { EngagementSettings } from "@rostrum/contract/engagement";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Switch } from "../../ui/Switch.tsx";
import { Refusal } from "./Refusal.tsx";
import type { EngagementApi } from "./use-desk.ts";
import { useRefusal } from "./use-refusal.ts";
import { SelectPerPerson } from "./SelectPerPerson.tsx";

type Changes = Partial<EngagementSettings>;

const SWITCHES = [
  "polls",
  "questions",
  "questionsApproved",
  "reactions",
  "hands",
  "announcements",
  "handouts",
] as const satisfies readonly (keyof EngagementSettings)[];

/** `settings` as they are known; `onSaved` gets what the server has now. */
export function AudienceSwitches(props: {
  api: EngagementApi;
  channelId: string;
  settings: EngagementSettings;
  onSaved: (settings: EngagementSettings) => void;
}) {
  const { api, channelId, settings, onSaved } = props;
  const { t } = useTranslation();
  const { refusal, run } = useRefusal();
  // Shown at once; what the server refused goes back to what it was.
  const [wanted, setWanted] = useState<Changes>({});
  const values = { ...settings, ...wanted };
  const change = async (changes: Changes): Promise<void> => {
    setWanted((before) => ({ ...before, ...changes }));
    await run("save", async () => onSaved(await api.engagement.updateSettings(channelId, changes)));
    setWanted({});
  };
  return (
    <div className="flex flex-col gap-4">
      {SWITCHES.map((name) => (
        <Switch
          key={name}
          label={t(`engagement:settings.${name}`)}
          hint={t(`engagement:settings.hint.${name}`)}
          checked={values[name]}
          disabled={name === "questionsApproved" && !values.questions}
          onCheckedChange={(isOn) => void change({ [name]: isOn })}
        />
      ))}
      <SelectPerPerson
        value={values.questionsPerPerson}
        onValueChange={(questionsPerPerson) => void change({ questionsPerPerson })}
      />
      <Refusal text={refusal} />
    </div>
  );
}
