/** How the packets of one outgoing SSRC are written. */
import { type ExtensionIds, NO_EXTENSIONS } from "../../rtp/extensions.ts";
import type { Allocate, TemplateOptions } from "../../rtp/packet-template.ts";
import type { SendSection } from "./types.ts";

/** The extensions that we write; others were not meant for us to forward. */
export function templateOptions(
  { mid, extensions }: SendSection,
  ssrc: number,
  payloadType: number,
  allocate?: Allocate,
): TemplateOptions {
  const ids: ExtensionIds = {
    ...NO_EXTENSIONS,
    mid: extensions.mid,
    absSendTime: extensions.absSendTime,
    transportSequence: extensions.transportSequence,
    audioLevel: extensions.audioLevel,
    videoOrientation: extensions.videoOrientation,
  };
  return { ssrc, payloadType, ids, mid, ...(allocate === undefined ? {} : { allocate }) };
}
