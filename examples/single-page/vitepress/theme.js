import DefaultTheme from "vitepress/theme";

export default {
  extends: DefaultTheme,
  enhanceApp({ router }) {
    if (import.meta.env.SSR) return;
    // Either there is no such page, or nobody is logged in any more.
    router.onAfterRouteChange = async (to) => {
      if (!router.route.data.isNotFound) return;
      const answer = await fetch(to, { method: "HEAD" });
      if (answer.headers.has("Postern-Login")) location.reload();
    };
  },
};
