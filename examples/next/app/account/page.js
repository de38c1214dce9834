import { getCloudflareContext } from "@opennextjs/cloudflare";

// Made anew for each request, since it says who asks.
export const dynamic = "force-dynamic";

export default function Page() {
  const who = getCloudflareContext().env.IDENTITY;
  return <h1>Hello {who.username ?? who.subject}</h1>;
}
