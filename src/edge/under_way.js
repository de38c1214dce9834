// What is under way on the `worker` crate's executor. After a panic a new Wasm instance takes the old one's place, and
// what was under way in the old one would never end: no promise of it is ever settled. Here it fails, so that the
// platform does an alarm again.

const failures = new Set();

// What `promise` promises, or an error where the instance breaks before.
export function untilBroken(promise) {
  return new Promise((resolve, reject) => {
    failures.add(reject);
    const settled = (done) => (value) => {
      failures.delete(reject);
      done(value);
    };
    promise.then(settled(resolve), settled(reject));
  });
}

// Called by the glue around the Wasm when it makes a new instance (tools/bundle.mjs), in any request: the platform runs
// what follows a promise as part of the request that made it.
export function broken() {
  const error = new Error("the Worker broke while this was under way");
  for (const fail of failures) fail(error);
  failures.clear();
}
