import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const refusalOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env, { dev: false });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

test("a setting that cannot be used is named with its value", () => {
  expect(refusalOf({ PORT: "eighty", LOG_LEVEL: "loud" })).toMatch(
    /^The configuration is not usable:\n {2}- PORT="eighty": .+\n {2}- LOG_LEVEL="loud": .+$/,
  );
});

test("a secret that cannot be used is named without its value", () => {
  const secrets = { DATABASE_URL: "mysql://u:secretpw@h/db", SETUP_TOKEN: "too-short" };
  const refusal = refusalOf(secrets);
  expect(refusal).toMatch(/\n {2}- DATABASE_URL: must be a URL .+\n {2}- SETUP_TOKEN: .+$/);
  expect(refusal).not.toMatch(/secretpw|too-short/);
});

test("a process that runs only some of the parts is refused, with PostgreSQL too", () => {
  const some = { ROLES: "api, web", DATABASE_URL: "postgres://h/db" };
  expect(refusalOf(some)).toContain("\n  - ROLES leaves out realtime, media, worker: ");
  expect(refusalOf({ ROLES: "web,worker,media,realtime,api" })).toBe("");
});
