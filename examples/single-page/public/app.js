// Everything that the application asks for goes through here.
async function ask(path) {
  const answer = await fetch(path);
  // Nobody is logged in any more. The page that is open now comes back after the login.
  if (answer.status === 401 && answer.headers.has("Postern-Login")) {
    location.reload();
    return new Promise(() => {});
  }
  // This needs a newer or stronger login than that of the page. It leads back to the page.
  const login = answer.headers.get("Postern-Step-Up");
  if (login !== null) {
    location.assign(`${login}&return_to=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  return answer;
}

async function show() {
  const main = document.querySelector("main");
  if (location.pathname !== "/orders") {
    main.textContent = "The start.";
    return;
  }
  const orders = await (await ask("/orders.json")).json();
  main.textContent = `Orders: ${orders.join(", ")}`;
}

addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link?.origin !== location.origin) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  show();
});
addEventListener("popstate", show);
show();
