// The whole Worker, for those who have none of their own: `.postern/worker.js` is made of this and the configuration.
export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator, worker } from "./index.js";
