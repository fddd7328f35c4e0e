const demoToken = "{demo token}";

const ui = SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/openapi.json",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  syntaxHighlight: { theme: "arta" },
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

// What the bundle leaves without a name, or out of reach of the keyboard.
const LACKING = [
  [".examples-select-element", { "aria-label": "Examples" }],
  ["textarea.body-param__text", { "aria-label": "Request body" }],
  [".information-container", { role: "region", "aria-label": "About the relay" }],
  ["pre.microlight", { tabindex: "0" }],
];

function complete() {
  for (const [selector, attributes] of LACKING) {
    for (const one of document.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributes)) {
        if (!one.hasAttribute(name)) one.setAttribute(name, value);
      }
    }
  }
}

new MutationObserver(complete).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });
