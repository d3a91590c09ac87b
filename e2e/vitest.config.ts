/** The scenarios: those that judge delay, stalls or duration one by one, then the others two at a time. */
import { configDefaults, defineConfig } from "vitest/config";

/** They wait for what is to happen, and judge no time. */
const PATIENT = [
  ...[
    "age-gate",
    "chat",
    "clips",
    "control-room",
    "encoders",
    "engagement",
    "follow",
    "hostile-text",
    "media-pages",
    "moderation",
    "pages",
    "polling",
    "private-show",
    "refused-starts",
  ],
  ...["sfu-control", "tips", "webhooks", "webinar"],
].map((name) => `e2e/scenarios/${name}.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 180_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["e2e/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...PATIENT],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "together", include: PATIENT, maxWorkers: 2, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
