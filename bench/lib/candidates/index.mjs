// Every candidate: a process, its tokens, and the cases that it is measured in.
import floors from "./floors.mjs";
import foreign from "./foreign.mjs";
import handwritten from "./handwritten.mjs";
import jwt from "./jwt.mjs";
import oauthProvider from "./oauth-provider.mjs";
import oidcProvider from "./oidc-provider.mjs";
import postern from "./postern.mjs";

export const CANDIDATES = [
  ...floors,
  ...handwritten,
  ...oauthProvider,
  ...jwt,
  ...postern,
  ...foreign,
  ...oidcProvider,
];

export const CASES = CANDIDATES.flatMap((candidate) => candidate.cases);
