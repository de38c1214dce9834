// A Worker in front of static files that does nothing.

export default {
  fetch(request, env) {
    return env.ASSETS.fetch(request);
  },
};
