import { identity, protect } from "postern";
import config from "./.postern/config.js";
import kit from "./.svelte-kit/cloudflare/_worker.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

export default protect(config, {
  // Who it is goes along with the bindings, where no client can write.
  fetch: (request, env, ctx) => kit.fetch(request, { ...env, IDENTITY: identity(request) }, ctx),
});
