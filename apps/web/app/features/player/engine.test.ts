/** What the player makes of the browser's and the viewer's comings and goings; the browser and the server are played by the test. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PlayerEngine } from "./engine.ts";
import { TestVideo, stubBrowser } from "./testing.ts";
import { TestPeer, TestStream } from "./whep/testing.ts";

/** Somebody watches by WebRTC. */
async function player() {
  const { page } = stubBrowser();
  const video = new TestVideo();
  const peer = new TestPeer();
  vi.stubGlobal("RTCPeerConnection", function RTCPeerConnection() {
    return peer;
  });
  vi.stubGlobal("MediaStream", TestStream);
  const canvas = () => {
    const remove = (): unknown => video.over.splice(video.over.indexOf(one), 1);
    const one = { getContext: () => ({ drawImage: () => undefined }), remove };
    return one;
  };
  const element = (name: string): unknown => (name === "canvas" ? canvas() : new TestVideo());
  vi.stubGlobal("document", { hidden: false, createElement: element });
  const created = new Response("v=0\r\n", { status: 201, headers: { location: "/whep/1" } });
  const answers = [Object.defineProperty(created, "url", { value: "https://live.example/whep" })];
  vi.stubGlobal("fetch", () => {
    const answer = answers.shift();
    // Nobody answers the others.
    return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
  });
  const engine = new PlayerEngine(video.element, {
    ...{ url: "/live.m3u8", whepUrl: "https://live.example/whep", realtimeUrl: null },
    ...{ mode: "lowest", live: true, autoplay: true },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      const { framesDecoded = 0 } = peer.counted;
      peer.counted = { framesDecoded: framesDecoded + 3, packetsReceived: (framesDecoded + 3) * 5 };
      await vi.advanceTimersByTimeAsync(100);
    }
  };
  engine.start();
  await vi.advanceTimersByTimeAsync(0);
  peer.become("connected");
  await pass(200);
  video.tell("playing");
  await pass(6000);
  expect([engine.state().source, engine.state().phase, engine.totals().stalls]).toEqual(["webrtc", "playing", 0]);
  /** As browsers do: what a page plays is paused, and has ended when its connection has. */
  const leave = (): void => {
    page.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
    expect(peer.isClosed).toBe(true);
    video.paused = true;
    video.ended = true;
    video.tell("ended");
  };
  const comeBack = (): void => {
    video.ended = false;
    page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  };
  return { engine, video, pass, leave, comeBack };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("who pauses while the picture stands waits for nothing any more", async () => {
  const { engine, video, pass } = await player();
  video.tell("waiting");
  await pass(500);
  expect(engine.state().phase).toBe("buffering");
  engine.pause();
  await pass(10_000);
  expect([engine.state().phase, engine.totals().stalls, engine.totals().stalledMs]).toEqual(["paused", 1, 500]);
  engine.close();
});

test("a connection that ends as its page is left is not the end of the show", async () => {
  const { engine, video, pass, leave, comeBack } = await player();
  leave();
  expect(engine.state().phase).toBe("playing");
  comeBack();
  await pass(200);
  // It plays something else by now; the event is late.
  video.tell("ended");
  expect([engine.state().phase, engine.state().webRtcLack]).toEqual(["playing", null]);
  engine.close();
});

test("the last picture of a connection stands over a page that is kept, for ten seconds after it came back", async () => {
  const { engine, video, pass, leave, comeBack } = await player();
  video.videoWidth = 640;
  expect(video.over).toEqual([]);
  leave();
  // The connection has no picture any more.
  video.videoWidth = 0;
  await vi.advanceTimersByTimeAsync(9000);
  comeBack();
  await pass(9000);
  expect(video.over).toHaveLength(1);
  await pass(2000);
  expect(video.over).toEqual([]);
  engine.close();
});

test("who comes back to a page and waits for its picture has not seen it stall", async () => {
  const { engine, video, pass, leave, comeBack } = await player();
  leave();
  comeBack();
  await pass(1500);
  video.tell("waiting");
  await pass(2000);
  expect([engine.state().phase, engine.totals().stalls, engine.totals().stalledMs]).toEqual(["buffering", 0, 0]);
  engine.close();
});
