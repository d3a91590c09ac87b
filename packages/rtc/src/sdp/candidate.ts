/** ICE candidates as text (RFC 8839 §5.1): which of the peer's are of use, and how ours look from outside. */

/** The parts that are read. `rest` is what follows the type, as written. */
export type Candidate = Readonly<{
  foundation: string;
  component: number;
  /** Lower case. */
  transport: string;
  priority: number;
  /** An IP address or a host name. */
  address: string;
  port: number;
  type: "host" | "srflx" | "prflx" | "relay";
  rest: string;
}>;

const MAX_CANDIDATE_CHARS = 512;
const CANDIDATE =
  /^(?:a=)?candidate:([A-Za-z0-9+/]{1,32}) (\d{1,5}) ([A-Za-z-]{1,16}) (\d{1,10}) (\S{1,255}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: (.*))?$/;
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;
const IPV6 = /^[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?$/;

/** Reads one candidate, with or without `a=`; undefined when it is not one. */
export function parseCandidate(text: string): Candidate | undefined {
  if (text.length > MAX_CANDIDATE_CHARS) return undefined;
  const match = CANDIDATE.exec(text.trim());
  if (match === null) return undefined;
  const [, foundation = "", component, transport = "", priority, address = "", port, type, rest = ""] = match;
  const portNumber = Number(port);
  if (portNumber > 65_535) return undefined;
  return {
    foundation,
    component: Number(component),
    transport: transport.toLowerCase(),
    priority: Number(priority),
    address,
    port: portNumber,
    type: type as Candidate["type"],
    rest,
  };
}

/** Without `a=`. */
export function serializeCandidate(candidate: Candidate): string {
  const { foundation, component, transport, priority, address, port, type, rest } = candidate;
  const head = `candidate:${foundation} ${component} ${transport.toUpperCase()} ${priority} ${address} ${port} typ ${type}`;
  return rest === "" ? head : `${head} ${rest}`;
}

/**
 * Whether a candidate of the peer can be tried: UDP to a port of an IP address. Host names, `.local` ones too, are not looked up:
 * the name server would be asked whatever a peer likes, and such a peer reaches us anyway.
 */
export function isUsableCandidate({ component, transport, address, port }: Candidate): boolean {
  return component === 1 && transport === "udp" && port > 0 && ipFamily(address) !== undefined;
}

/**
 * Our host candidates as others see them: each public address of its family takes its place; without one it stays as it is.
 * Other types (relay) are not touched.
 */
export function toPublicCandidates(candidate: Candidate, publicAddresses: readonly string[]): readonly Candidate[] {
  const family = ipFamily(candidate.address);
  const fitting = publicAddresses.filter((address) => ipFamily(address) === family);
  if (candidate.type !== "host" || fitting.length === 0) return [candidate];
  // Lower priority for later ones: the order of the setting is the order of preference.
  return fitting.map((address, index) => ({
    ...candidate,
    address,
    priority: Math.max(1, candidate.priority - index),
  }));
}

/** 4 or 6; undefined when it is not the text of an IP address. Judges the form, which the ICE agent reads again. */
export function ipFamily(address: string): 4 | 6 | undefined {
  if (IPV4.test(address)) return address.split(".").every((part) => Number(part) < 256) ? 4 : undefined;
  return address.includes(":") && IPV6.test(address) ? 6 : undefined;
}
