const demoToken = "{demo token}";

const ui = SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/openapi.json",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  onComplete: () => {
    if (demoToken) offerToken();
  },
});

// The demo's token is in use from the start, and can be had back after "Logout".
function offerToken() {
  const note = document.getElementById("token");
  const button = document.getElementById("authorize");
  const authorize = () => ui.preauthorizeApiKey("bearer", demoToken);
  const show = () => {
    const isAuthorized = ui.authSelectors.authorized().has("bearer");
    button.hidden = isAuthorized;
    note.textContent = isAuthorized
      ? "Demo: authorized with its token. Open an endpoint and press Execute."
      : "Demo: not authorized.";
  };
  note.hidden = false;
  button.addEventListener("click", authorize);
  ui.getStore().subscribe(show);
  authorize();
  show();
}
