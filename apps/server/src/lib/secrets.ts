/** Secrets of this installation, made at first start and kept in DATA_DIR/secrets.json (mode 0600). */
import { createCipheriv, createDecipheriv, createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { StartError } from "./start-error.ts";

const Stored = z.object({
  version: z.literal(1),
  /** Ed25519 private key, PKCS#8 PEM: signs access and playback tokens. */
  signingKeyPem: z.string().includes("PRIVATE KEY"),
  /** Base 64 of 32 bytes: envelope encryption of keys that must be shown again. */
  sealKey: z.base64().length(44),
  /** Base 64 of 32 bytes: keyed hash for look-ups. */
  lookupKey: z.base64().length(44),
});

export interface Secrets {
  readonly signingKeyPem: string;
  /** Keyed hash (HMAC-SHA-256, hex) so that a stolen database does not allow guessing. `purpose` separates uses. */
  lookupHash(purpose: string, text: string): string;
  /** AES-256-GCM; `context` must be given again to open. */
  seal(plain: string, context: string): string;
  /** @throws {Error} when it was sealed with another key or context, or was changed */
  unseal(sealed: string, context: string): string;
}

/** @throws {StartError} when the file exists but cannot be used */
export function openSecrets(dataDir: string): Secrets {
  const file = path.join(dataDir, "secrets.json");
  const stored = existsSync(file) ? read(file) : create(dataDir, file);
  const sealKey = Buffer.from(stored.sealKey, "base64");
  const lookupKey = Buffer.from(stored.lookupKey, "base64");
  return {
    signingKeyPem: stored.signingKeyPem,
    lookupHash: (purpose, text) => createHmac("sha256", lookupKey).update(`${purpose}\0${text}`).digest("hex"),
    seal(plain, context) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealKey, iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return `v1.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
    },
    unseal(sealed, context) {
      const bytes = Buffer.from(sealed.replace(/^v1\./, ""), "base64url");
      const decipher = createDecipheriv("aes-256-gcm", sealKey, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
    },
  };
}

function read(file: string): z.infer<typeof Stored> {
  try {
    return Stored.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new StartError(
      `${file} is damaged: restore it from a backup. Without it stream keys cannot be shown and everybody must log in again.`,
      { cause },
    );
  }
}

function create(dataDir: string, file: string): z.infer<typeof Stored> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const stored = {
    version: 1 as const,
    signingKeyPem: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    sealKey: randomBytes(32).toString("base64"),
    lookupKey: randomBytes(32).toString("base64"),
  };
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify(stored), { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
  return stored;
}
