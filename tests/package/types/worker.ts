// A site without a Worker of its own.
import { worker } from "postern/worker";
import config from "../.postern/config.js";

export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from "postern/worker";

export default worker(config) satisfies ExportedHandler;

// @ts-expect-error: It needs a configuration.
worker();
// @ts-expect-error: And not any object.
worker({ routes: [] });
