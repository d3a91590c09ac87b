/** All that is needed to connect an encoder: addresses, keys and what to do with them. */
import type { IngestEndpoints, MaskedKey } from "@rostrum/contract/channels";
import { type ChannelRole, can } from "@rostrum/contract/permissions";
import { useTranslation } from "react-i18next";
import { Tabs } from "../../ui/Tabs.tsx";
import { FfmpegLine, ObsSteps } from "./EncoderHowTo.tsx";
import { IngestAddresses } from "./IngestAddresses.tsx";
import { type KeysApi, StreamKeyCard } from "./StreamKeyCard.tsx";

export type ConnectProps = Readonly<{
  api: KeysApi;
  channelId: string;
  role: ChannelRole;
  /** Empty when the caller may not see them. */
  keys: readonly MaskedKey[];
  endpoints: IngestEndpoints;
  onRotated: () => void;
}>;

/** In tabs, for the control room. */
export function ConnectPanel(props: ConnectProps) {
  const { t } = useTranslation();
  const { endpoints } = props;
  const items = [
    { value: "keys", label: t("keys:tab.keys"), content: <AddressesAndKeys {...props} /> },
    { value: "obs", label: t("keys:tab.obs"), content: <ObsSteps endpoints={endpoints} /> },
    { value: "ffmpeg", label: t("keys:tab.ffmpeg"), content: <FfmpegLine endpoints={endpoints} /> },
  ];
  return <Tabs label={t("keys:title")} items={items} className="-mt-2" />;
}

/** Without tabs, for settings. */
export function AddressesAndKeys({ api, channelId, role, keys, endpoints, onRotated }: ConnectProps) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-5">
      <IngestAddresses endpoints={endpoints} />
      {keys.map((key) => (
        <StreamKeyCard key={key.slot} {...{ api, channelId, role, endpoints, onRotated }} slotKey={key} />
      ))}
      <p className="text-xs text-faint">{t(can(role, "keys.read") ? "keys:backupHint" : "keys:noKeys")}</p>
    </div>
  );
}
