/** Where an encoder connects to. */
import type { IngestEndpoints } from "@rostrum/contract/channels";
import { useTranslation } from "react-i18next";
import { CopyRow } from "../../ui/CopyRow.tsx";

/** The encrypted address is left out when it is not served. */
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
    </div>
  );
}
