// A Worker of your own, gated in place.
import { identity, protect } from "postern";
import config from "./.postern/config.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

export default protect(config, {
  async fetch(request) {
    const who = identity(request);
    return new Response(who === null ? "Welcome.\n" : `Hello ${who.username ?? who.subject}.\n`);
  },
  async scheduled(event) {
    console.log(`it is time: ${event.cron}`);
  },
});
