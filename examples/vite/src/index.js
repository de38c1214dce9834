import { identity, protect } from "postern";
import config from "../.postern/config.js";

export { Person, RevocationLog, SessionCoordinator } from "postern";

export default protect(config, {
  fetch(request) {
    const who = identity(request);
    return Response.json({ hello: who?.subject ?? "everyone" });
  },
});
