// Buttons beside the charts and commands: show runs, copy, choose a network or a confusion matrix.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-groups]")) {
    button.addEventListener("click", () => showRuns(button.dataset.groups.split(",").map(Number), button.closest(".chart")));
  }

  for (const button of document.querySelectorAll("button.copy")) {
    const code = button.parentElement.querySelector("code");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch { // the browser does not allow it here
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  for (const select of document.querySelectorAll(".choose select")) {
    const panels = select.closest(".chart, .chooser").querySelectorAll(".panel, .matrix");
    const choose = () => panels.forEach((panel, i) => panel.classList.toggle("unchosen", i !== Number(select.value)));
    select.addEventListener("change", choose);
    choose();
  }
})();
