/** The ways in which an encoder can reach the server, each as one function; scenarios run for every one of them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Encoder, type EncoderOptions, startEncoder, startWebSocketEncoder } from "./encoder.ts";
import type { RunningServer } from "./server.ts";

export type Protocol = Readonly<{
  name: string;
  /** What the server needs beside its defaults. */
  env(): Readonly<Record<string, string>>;
  start(server: RunningServer, key: string, options?: EncoderOptions): Encoder;
}>;

const at = (scheme: string, server: RunningServer, port: string, key: string): string =>
  `${scheme}://127.0.0.1:${server.ready.ports[port]}/live/${key}`;

export const RTMP: Protocol = {
  name: "RTMP",
  env: () => ({}),
  start: (server, key, options) => startEncoder(at("rtmp", server, "rtmp", key), options),
};

const RTMPS: Protocol = {
  name: "RTMPS",
  env: () => ({ RTMPS_PORT: "0", ...ownCertificate() }),
  start: (server, key, options) => startEncoder(at("rtmps", server, "rtmps", key), options),
};

const SRT: Protocol = {
  name: "SRT",
  env: () => ({}),
  start: (server, key, options) =>
    startEncoder(`srt://127.0.0.1:${server.ready.ports["srt"]}?streamid=publish:${key}&pkt_size=1316`, {
      ...options,
      format: "mpegts",
    }),
};

const WEBSOCKET: Protocol = {
  name: "WebSocket",
  env: () => ({}),
  start: (server, key, options) =>
    startWebSocketEncoder(`ws://127.0.0.1:${server.ready.ports["http"]}/ingest/${key}`, options),
};

export const PROTOCOLS: readonly Protocol[] = [RTMP, RTMPS, SRT, WEBSOCKET];

/** A key and a certificate that it signed itself, as encoders on a stage have it. */
function ownCertificate(): { TLS_CERT: string; TLS_KEY: string } {
  const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-tls-"));
  const [key, cert] = [path.join(dir, "key.pem"), path.join(dir, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...subject], {
    stdio: "ignore",
  });
  return { TLS_CERT: cert, TLS_KEY: key };
}
