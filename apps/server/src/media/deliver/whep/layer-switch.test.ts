import { expect, test } from "vitest";
import { SOURCE } from "./layer-choice.ts";
import { LayerSwitch } from "./layer-switch.ts";

test("another quality is sent from its next key frame on, never two at once", () => {
  const layers = new LayerSwitch();
  const takes = (layer: string, keyframe = false) => layers.takes({ layer, keyframe });
  expect([takes(SOURCE, true), takes("v1", true)]).toEqual([true, false]);
  layers.want("v1");
  expect([takes("v1"), takes(SOURCE), takes("v1", true), takes(SOURCE, true), takes("v1")]).toEqual([
    ...[false, true, true, false, true],
  ]);
  layers.want(SOURCE);
  expect([takes("v1"), takes(SOURCE), takes(SOURCE, true), takes("v1")]).toEqual([true, false, true, false]);
});
