/** What one room, participant and process may hold. Everything a peer can grow is bounded by one of these. */

export type Limits = Readonly<{
  /** Rooms at a time in this process. */
  maxRooms: number;
  /** Participants at a time in all rooms of this process. */
  maxParticipants: number;
  /** Participants of a room that asks for no number itself. */
  maxParticipantsPerRoom: number;
  /** Tracks that one participant publishes or has announced. */
  maxTracksPerParticipant: number;
  /** Characters of a room's name or an identity. */
  maxNameChars: number;
  /** UTF-8 bytes of a participant's or a room's metadata, and of all attributes together. */
  maxMetadataBytes: number;
  /** Bytes of one signalling message; an offer of eleven participants' tracks has about 60 KB. */
  maxSignalBytes: number;
  /** Bytes of one data packet, as LiveKit's clients send them at most. */
  maxDataBytes: number;
}>;

export const DEFAULT_LIMITS: Limits = {
  maxRooms: 1_000,
  maxParticipants: 1_000,
  maxParticipantsPerRoom: 11,
  maxTracksPerParticipant: 8,
  maxNameChars: 256,
  maxMetadataBytes: 64 * 1024,
  maxSignalBytes: 256 * 1024,
  maxDataBytes: 64 * 1024,
};

/** A sentence when `value` is no name of a room or participant, else undefined. */
export function refuseName(what: string, value: string, limits: Limits): string | undefined {
  if (value === "") return `The ${what} is empty.`;
  if (value.length <= limits.maxNameChars) return undefined;
  return `The ${what} has ${value.length} characters, ${limits.maxNameChars} are possible.`;
}

/** A sentence when metadata is too long, else undefined. */
export function refuseMetadata(metadata: string, limits: Limits): string | undefined {
  const bytes = Buffer.byteLength(metadata);
  if (bytes <= limits.maxMetadataBytes) return undefined;
  return `The metadata has ${bytes} bytes, ${limits.maxMetadataBytes} are possible.`;
}

/** A sentence when attributes are too long together, else undefined. */
export function refuseAttributes(attributes: Readonly<Record<string, string>>, limits: Limits): string | undefined {
  let bytes = 0;
  for (const [name, value] of Object.entries(attributes)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (bytes <= limits.maxMetadataBytes) return undefined;
  return `The attributes have ${bytes} bytes together, ${limits.maxMetadataBytes} are possible.`;
}
