// A static file, with the headers that Cloudflare's assets send, and none of their work.

export default {
  fetch() {
    return new Response("hello subject-\n", {
      headers: {
        "content-type": "text/html; charset=utf-8",
        etag: '"2d4f4a0c1b7e8c9d2d4f4a0c1b7e8c9d"',
        "cache-control": "public, max-age=0, must-revalidate",
      },
    });
  },
};
