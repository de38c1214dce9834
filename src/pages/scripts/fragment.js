{
  const fragment = location.hash.slice(1);
  if (fragment) {
    for (const field of document.querySelectorAll("input[name=fragment]")) field.value = fragment;
    for (const link of document.querySelectorAll("a[href*='provider=']")) {
      const url = new URL(link.href);
      url.searchParams.set("fragment", fragment);
      link.href = url.href;
    }
  }
}
