// Copies a value where the browser can. Everything works without this.
if (navigator.clipboard) {
  const said = document.getElementById("copied");
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = "";
      said.textContent = said.dataset.said;
      button.textContent = said.dataset.said;
    });
  }
}
