import { expect, test } from "vitest";
import { encoderName } from "./encoder-name.ts";

test.each([
  ["obs-output module (libobs version 31.0.2)", "OBS Studio 31.0.2"],
  ["FMLE/3.0 (compatible; Lavf59.27.100)", "FFmpeg, Lavf 59.27.100"],
  ["Wirecast/14", "Wirecast/14"],
  [null, null],
])("%s is %s", (encoder, name) => {
  expect(encoderName(encoder)).toBe(name);
});
