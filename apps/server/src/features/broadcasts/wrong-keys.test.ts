import { expect, test, vi } from "vitest";
import { openShow } from "./testing.ts";

test("unknown keys from one IPv6 network count together, and no other network waits for them", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const show = await openShow();
  try {
    const reasonAt = async (remote: string): Promise<string | null> => {
      const decision = await show.doors.authorizeIngest("wrong", { remote, protocol: "rtmp" });
      return decision.ok ? null : decision.reason;
    };
    for (let i = 1; i <= 60; i += 1) expect(await reasonAt(`2001:db8:0:1::${i}`)).toBe("unknown_key");
    expect(await reasonAt("2001:db8:0:1:ffff::1")).toBe("rate_limited");
    vi.setSystemTime(Date.now() + 3_600_000);
    // The system's clock was set, no time has passed.
    expect(await reasonAt("2001:db8:0:1:ffff::1")).toBe("rate_limited");
    expect(await reasonAt("2001:db8:0:2::1")).toBe("unknown_key");
  } finally {
    vi.useRealTimers();
    await show.close();
  }
});
