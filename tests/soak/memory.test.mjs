// When memory counts as flat.

import assert from "node:assert/strict";
import { test } from "node:test";

import { growth } from "./memory.mjs";

const MIB = 2 ** 20;
/** `count` samples, of which the one at `at` (0 to 1) has these many MiB. */
const samples = (count, resident, wasm = () => 10) =>
  Array.from({ length: count }, (_, at) => ({
    resident: resident(at / count) * MIB,
    wasm: wasm(at / count) === null ? null : wasm(at / count) * MIB,
  }));

test("memory that grows at first and then stays is flat", () => {
  assert.deepEqual(growth(samples(90, (at) => (at < 1 / 3 ? 100 + at * 300 : 200))), []);
});

test("memory that goes up and down by half, between collections, is flat", () => {
  const sawtooth = samples(900, (at) => 200 + 100 * ((at * 45) % 1));
  assert.deepEqual(growth(sawtooth), []);
});

test("memory that grows all the time is not flat, resident or Wasm", () => {
  const [resident] = growth(samples(90, (at) => 100 + 100 * at));
  assert.match(resident, /^the resident memory grew from 149\.\d MiB to 18\d\.\d MiB/);
  const [wasm] = growth(
    samples(
      90,
      () => 100,
      (at) => 10 + 2 * at,
    ),
  );
  assert.match(wasm, /^the wasm memory grew/);
});

test("memory that was not seen is not flat", () => {
  assert.deepEqual(growth([]), ["there are too few samples to tell whether memory is flat"]);
  assert.deepEqual(
    growth(
      samples(
        90,
        () => 100,
        () => null,
      ),
    ),
    ["the wasm memory could not be read"],
  );
});
