// The floor: a Worker in front of the origin that does nothing.

export default {
  fetch(request, env) {
    return env.ORIGIN.fetch(request);
  },
};
