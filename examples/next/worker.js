import { identity, protect } from "postern";
import next from "./.open-next/worker.js";
import config from "./.postern/config.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

export default protect(config, {
  // Who it is goes along with the bindings, where no client can write.
  fetch: (request, env, ctx) => next.fetch(request, { ...env, IDENTITY: identity(request) }, ctx),
});
