const demoToken = "{demo token}";

const ui = SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/openapi.json",
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  validatorUrl: null,
  onComplete: () => {
    if (demoToken) {
      ui.preauthorizeApiKey("bearer", demoToken);
    }
  },
});
