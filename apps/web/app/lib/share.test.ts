import { expect, test } from "vitest";
import { embedCode } from "./share.ts";

test("a title cannot break out of the embed code", () => {
  expect(embedCode("https://live.example", "0000000000abcdefghjk", '"><script>')).toBe(
    '<iframe src="https://live.example/embed/0000000000abcdefghjk" title="&#34;&#62;&#60;script&#62;" ' +
      'style="width:100%;aspect-ratio:16/9;border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>',
  );
});
