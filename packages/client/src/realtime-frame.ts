/** Whether what came is what a server says. Shapes only: snapshots, events and results are for who asked for them. */
import type { ServerFrame } from "@rostrum/contract/realtime";

const CURSOR = /^[^.]+\.\d{1,15}$/;

/** What a text message says; undefined when that is not understood. */
export function readFrame(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFrame(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** By hand, because it is asked for everything that comes: a schema would take ten times as long. */
export function isFrame(value: unknown): value is ServerFrame {
  return Array.isArray(value) && value.every(isMessage);
}

function isMessage(value: unknown): boolean {
  if (!isRecord(value)) return false;
  switch (value["type"]) {
    case "pong":
      return true;
    case "ack":
      return typeof value["id"] === "string";
    case "nack":
      return typeof value["id"] === "string" && isError(value["error"]);
    case "refused":
      return typeof value["topic"] === "string" && isError(value["error"]);
    case "subscribed":
    case "reset":
      return isPlace(value);
    case "events":
      return isPlace(value) && Array.isArray(value["events"]);
    default:
      return false;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isPlace({ topic, cursor }: Fields): boolean {
  return typeof topic === "string" && typeof cursor === "string" && CURSOR.test(cursor);
}

function isError(value: unknown): boolean {
  return isRecord(value) && typeof value["code"] === "string" && typeof value["message"] === "string";
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
