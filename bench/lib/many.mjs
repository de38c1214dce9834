// Configurations of many routes and as many clients, as an API of many resources has them.
import { client, ISSUER, route } from "./postern.mjs";

const RESOURCES = ["orders", "users", "invoices", "carts", "teams", "plans", "prices", "reports"];

const name = (at) => `${RESOURCES[at % RESOURCES.length]}-${String(at).padStart(4, "0")}`;

// The last one has its shape in every configuration: a star in the middle, behind a beginning that a quarter of them share.
function pattern(at, count) {
  const shapes = [
    `/api/v1/tenants/*/${name(at)}/*`,
    `/api/v1/${name(at)}/**`,
    `/api/v1/tenants/*/${name(at)}`,
    `/api/v1/${name(at)}/*`,
  ];
  return shapes[(count - 1 - at) % shapes.length];
}

export function manyRoutes(count) {
  const numbers = Array.from({ length: count }, (_, at) => at);
  const routes = numbers.map((at) =>
    route({ match: pattern(at, count), ...(at % 2 === 0 ? {} : { methods: ["GET", "POST"] }) }),
  );
  return { routes, path: `/api/v1/tenants/tenant-7/${name(count - 1)}/hello` };
}

export function manyRoutesAndClients(count) {
  const { routes } = manyRoutes(count);
  const clients = routes.map((_, at) => ({
    ...client(`client-${at}`, 5),
    scopes: ["bench:read", `${name(at)}:read`],
  }));
  return {
    clients,
    routes: routes.map((each, at) => ({ ...each, scopes: [`${name(at)}:read`], audience: ISSUER })),
  };
}
