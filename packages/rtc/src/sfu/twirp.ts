/** Twirp v7: remote calls as POST with JSON or protobuf bodies, errors as JSON with a closed list of codes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Grants } from "./grants.ts";
import type { Tokens } from "./tokens.ts";

const STATUS_OF = {
  malformed: 400,
  invalid_argument: 400,
  unauthenticated: 401,
  bad_route: 404,
  not_found: 404,
  deadline_exceeded: 408,
  already_exists: 409,
  failed_precondition: 412,
  resource_exhausted: 429,
  internal: 500,
  unimplemented: 501,
  unavailable: 503,
} as const;

/** The codes that are used here, of Twirp's list. */
export type TwirpCode = keyof typeof STATUS_OF;

/** Thrown by a method to refuse; the caller gets the code and the sentence. */
export class TwirpError extends Error {
  override readonly name = "TwirpError";
  readonly code: TwirpCode;
  constructor(code: TwirpCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The side of a generated message class that reads. */
type MessageClass<T> = Readonly<{
  fromBinary(bytes: Uint8Array): T;
  fromJsonString(json: string, options: { ignoreUnknownFields: boolean }): T;
}>;

/** The side of a generated message that writes. */
type Reply = Readonly<{
  toBinary(): Uint8Array;
  toJsonString(options: { emitDefaultValues: boolean; useProtoFieldName: boolean }): string;
}>;

type Format = "json" | "protobuf";

/** One remote call: reads the body, acts and answers. Throws TwirpError to refuse. */
export type TwirpMethod = (body: Buffer, format: Format, grants: Grants) => Promise<Reply>;

/** Path prefix and methods by name, e.g. `/twirp/livekit.RoomService/` and `ListRooms`. */
export type TwirpService = Readonly<{ prefix: string; methods: ReadonlyMap<string, TwirpMethod> }>;

const MAX_BODY_BYTES = 1024 * 1024;

/** A method that takes messages of `type`. */
export function twirpMethod<T>(
  type: MessageClass<T>,
  act: (request: T, grants: Grants) => Reply | Promise<Reply>,
): TwirpMethod {
  return async (body, format, grants) => act(readMessage(type, body, format), grants);
}

/** Answers one request whose path begins with the service's prefix. Never throws; what is unexpected goes to `onBug`. */
export async function serveTwirp(
  service: TwirpService,
  tokens: Tokens,
  request: IncomingMessage,
  response: ServerResponse,
  onBug: (error: unknown) => void,
): Promise<void> {
  try {
    const path = new URL(request.url ?? "/", "http://sfu").pathname;
    const method = service.methods.get(path.slice(service.prefix.length));
    if (request.method !== "POST" || method === undefined)
      throw new TwirpError(
        "bad_route",
        `${request.method ?? ""} ${path} is not one of the methods of ${service.prefix}.`,
      );
    const format = formatOf(request.headers["content-type"]);
    const verified = await tokens.verify(bearerOf(request));
    if (!verified.ok) throw new TwirpError("unauthenticated", verified.reason);
    const reply = await method(await readBody(request), format, verified.grants);
    writeReply(response, reply, format);
  } catch (error) {
    if (!(error instanceof TwirpError)) onBug(error);
    writeError(response, error instanceof TwirpError ? error : new TwirpError("internal", "The call failed."));
  }
}

/** The bearer token of a request, "" without one. RFC 6750 §2.1. */
export function bearerOf(request: IncomingMessage): string {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

function formatOf(contentType: string | undefined): Format {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/json") return "json";
  if (type === "application/protobuf") return "protobuf";
  throw new TwirpError(
    "bad_route",
    `The content type is "${type ?? ""}", application/json or application/protobuf is needed.`,
  );
}

function readMessage<T>(type: MessageClass<T>, body: Buffer, format: Format): T {
  try {
    if (format === "protobuf") return type.fromBinary(body);
    return type.fromJsonString(body.toString("utf8"), { ignoreUnknownFields: true });
  } catch {
    throw new TwirpError("malformed", `The body is not the request's message as ${format}.`);
  }
}

/** Reads to the end also what is too long, and keeps none of it: leaving the stream would close the socket before the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.byteLength;
    if (bytes <= MAX_BODY_BYTES) parts.push(part);
    else parts.length = 0;
  }
  if (bytes > MAX_BODY_BYTES)
    throw new TwirpError("resource_exhausted", `The body has ${bytes} bytes, ${MAX_BODY_BYTES} are possible.`);
  return Buffer.concat(parts);
}

function writeReply(response: ServerResponse, reply: Reply, format: Format): void {
  // Twirp's servers in Go write all fields under their proto names: clients in other languages rely on both.
  const body =
    format === "json"
      ? Buffer.from(reply.toJsonString({ emitDefaultValues: true, useProtoFieldName: true }))
      : Buffer.from(reply.toBinary());
  response.writeHead(200, { "content-type": `application/${format}`, "content-length": body.byteLength });
  response.end(body);
}

function writeError(response: ServerResponse, error: TwirpError): void {
  if (response.headersSent) return void response.end();
  const body = JSON.stringify({ code: error.code, msg: error.message });
  response.writeHead(STATUS_OF[error.code], {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
