// What Postern is to cost at most, and whether it does.
import { ownCostRatio, ratio } from "./ratios.mjs";

const CPU = "CPU per request";
const OWN = "own cost";

// [case, compared with, what, at most, the floor: a Worker that does the platform's part of the work and no more]
const RATIOS = [
  ["postern-cached", "pass", CPU, 1.2, "floor-gate"],
  ["postern-cached", "js-cached", CPU, 1.0, "floor-gate"],
  ["postern-cached", "oauth-provider", CPU, 0.4, "floor-gate"],
  ["postern-cached", "jwt", CPU, 0.6, "floor-gate"],
  ["postern-cached", "oauth-provider", OWN, 0.12, "floor-gate"],
  ["postern-cached", "jwt", OWN, 0.2, "floor-gate"],
  ["postern-one", "pass", CPU, 1.25, "floor-request"],
  ["postern-assertion", "postern-busy", CPU, 1.05],
  ["postern-rules", "postern-cached", CPU, 1.02],
  ["postern-jwt", "postern-cached", CPU, 1.03],
  ["postern-opaque", "postern-cached", CPU, 1.03],
  ["postern-jwt-first", "jwt", CPU, 1.1],
  ["postern-app", "pass", CPU, 0.62, "floor-app"],
  ["postern-files", "pass-files", CPU, 1.15],
  ["postern-kv", "js-kv", CPU, 1.0, "floor-kv"],
  ["postern-garbage", "constant-401", CPU, 1.3],
  ["postern-forged", "constant-401", CPU, 1.3],
  ["postern-expired", "constant-401", CPU, 1.3],
  ["postern-weak", "oidc-provider", CPU, 0.6, "constant-active"],
  ["postern-strong", "oidc-provider", CPU, 1.0, "floor-strong"],
  ["postern-routes-1000", "postern-routes-10", CPU, 1.05],
];
const MANY_TOKENS_RATIO = 1.1;
const GZIPPED_BYTES = 400 * 1024;
const START_UP_MS = 6;

export function targets({ measurements, live, bundle, instantiation }) {
  const ratios = RATIOS.map(([of, to, what, atMost, floor]) => {
    const against = (name) => (what === OWN ? ownCostRatio : ratio)(measurements, name, to);
    return { ...target(`${of} / ${to}`, what, against(of), atMost, "x"), floor: floor && against(floor) };
  });
  return [...ratios, ...liveTargets(live), ...moduleTargets(bundle, instantiation)];
}

function target(name, what, measured, atMost, unit) {
  return {
    name: `${name}: ${what}`,
    measured,
    atMost,
    unit,
    met: measured === null ? null : measured.median <= atMost,
  };
}

const single = (value) => ({ median: value, min: value, max: value });

function liveTargets(live) {
  if (live === null) return [];
  const [one, , many] = live.gates;
  const valid = live.gates.every(({ invalid }) => invalid === null);
  const isVisible = one.wasmBytes !== null && many.wasmBytes !== null;
  const grown = isVisible ? single((many.wasmBytes - one.wasmBytes) / 2 ** 20) : null;
  return [
    target(
      `${many.live} live tokens / 1000`,
      `${CPU}, in the cache`,
      valid ? live.ratio : null,
      MANY_TOKENS_RATIO,
      "x",
    ),
    target(`${many.live} live tokens - 1`, "Wasm memory", grown, live.cacheBytes / 2 ** 20, "MiB"),
  ];
}

function moduleTargets(bundle, instantiation) {
  if (bundle === null) return [];
  const gzipped = bundle.reduce((sum, file) => sum + file.gzipped, 0);
  return [
    target("bundle", "gzipped", single(gzipped / 1024), GZIPPED_BYTES / 1024, "KB"),
    target("module", "start-up: compile and instantiate", instantiation.startUp, START_UP_MS, "ms"),
  ];
}
