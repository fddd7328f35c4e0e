// The demo's story: marks the step that the address of the page names, and leads to those beside it.

const tour = document.getElementById("tour");
const steps = [...tour.querySelectorAll("li")];
const link = (step) => step.querySelector("a");

/** Turns a link into one to another step; without a step it is not shown. */
const point = (id, step, word) => {
  const one = document.getElementById(id);
  one.hidden = !step;
  if (!step) return;
  one.href = link(step).getAttribute("href");
  one.textContent = `${word}: ${link(step).textContent}`;
};

const show = () => {
  const at = steps.findIndex((step) => link(step).hash === location.hash);
  steps.forEach((step, index) => (index === at ? step.setAttribute("aria-current", "step") : step.removeAttribute("aria-current")));
  point("tour-back", steps[at - 1], "Back");
  point("tour-next", steps[at + 1], at < 0 ? "Start" : "Next");
  tour.querySelector(".actions").hidden = false;
};

// The explorer tells of each observable that it asks about; the address names it by then.
document.addEventListener("observable", show);
show();
