/** A room of its own for one test, in rooms and a browser that the tests of a file share. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, test } from "vitest";
import { type Guest, type GuestBrowser, type GuestWishes, openGuestBrowser } from "./guest.ts";
import type { Rooms, RoomsKind } from "./rooms.ts";

/** What a test gets. */
export type Meeting = Readonly<{
  rooms: Rooms;
  browser: GuestBrowser;
  /** The room's name; it is there when somebody has joined. */
  room: string;
  /** Joins it; the page is closed when the test has ended. */
  join(identity: string, wishes?: GuestWishes): Promise<Guest>;
  /** The same with Firefox. @param program from `findFirefox` */
  joinWithFirefox(program: string, identity: string): Promise<Guest>;
}>;

/** For the top of a `describe`: opens rooms and browser for its tests. @param fps of the fake camera */
export function useRooms(
  kind: RoomsKind,
  fps?: number,
): (run: (meeting: Meeting) => Promise<void>) => () => Promise<void> {
  let rooms: Rooms | undefined;
  let browser: GuestBrowser | undefined;
  beforeAll(async () => {
    rooms = await kind.open();
    browser = await openGuestBrowser(fps);
  });
  afterAll(async () => {
    await browser?.close();
    await rooms?.[Symbol.asyncDispose]();
  });
  return (run) => async () => {
    if (rooms === undefined || browser === undefined) throw new Error("the rooms were not opened");
    await meet(rooms, browser, run);
  };
}

async function meet(rooms: Rooms, browser: GuestBrowser, run: (meeting: Meeting) => Promise<void>): Promise<void> {
  const room = `e2e-${randomBytes(6).toString("hex")}`;
  const guests: Guest[] = [];
  const kept = async (joining: Promise<Guest>): Promise<Guest> => {
    const one = await joining;
    guests.push(one);
    return one;
  };
  const join: Meeting["join"] = (identity, wishes) => kept(browser.join(rooms, room, identity, wishes));
  const joinWithFirefox: Meeting["joinWithFirefox"] = (program, identity) =>
    kept(browser.joinWithFirefox(program, rooms, room, identity));
  try {
    await run({ rooms, browser, room, join, joinWithFirefox });
  } finally {
    // Their rooms end by themselves: the pages just go.
    for (const { page } of guests) await page.close();
  }
}

/** Whether long runs were asked for. */
export const isLong = process.env["LONG"] === "1";

/** A skipped test whose title says what is missing. Where nothing may be skipped (REQUIRE_ALL) it is a line of the output. */
export function skipByName(title: string): void {
  if (process.env["REQUIRE_ALL"] === "1") console.warn(title);
  else test.skip(title, () => undefined);
}
