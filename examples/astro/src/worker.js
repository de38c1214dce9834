import { handle } from "@astrojs/cloudflare/handler";
import { protect } from "postern";
import config from "../.postern/config.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

export default protect(config, { fetch: handle });
