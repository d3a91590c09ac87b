/** Where an encoder connects to. */
import type { IngestEndpoints } from "@rostrum/contract/channels";
import { useTranslation } from "react-i18next";
import { CopyRow } from "../../ui/CopyRow.tsx";

/** RTMPS and WHIP are left out when they are not served; for SRT it is said why, since installing a library is all that it takes. */
export function IngestAddresses({ endpoints }: { endpoints: IngestEndpoints }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-4">
      <CopyRow
        label={t("keys:rtmp")}
        hint={endpoints.rtmps ? undefined : t("keys:serverHint")}
        value={endpoints.rtmp}
      />
      {endpoints.rtmps === null ? null : (
        <CopyRow label={t("keys:rtmps")} hint={t("keys:rtmpsHint")} value={endpoints.rtmps} />
      )}
      {endpoints.srt === null ? (
        <p className="text-xs text-faint">{endpoints.srtMissing}</p>
      ) : (
        <CopyRow
          label={t("keys:srt")}
          hint={t("keys:srtHint")}
          value={`${endpoints.srt}?streamid=publish:STREAM_KEY`}
        />
      )}
      {endpoints.whip === null ? null : (
        <CopyRow label={t("keys:whip")} hint={t("keys:whipHint")} value={endpoints.whip} />
      )}
      <CopyRow label={t("keys:websocket")} hint={t("keys:websocketHint")} value={`${endpoints.websocket}/STREAM_KEY`} />
    </div>
  );
}
