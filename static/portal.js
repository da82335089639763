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

// Says that a file is too large before it is sent: on a slow line that would take minutes.
for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  const note = document.createElement("span");
  note.className = "problem";
  note.id = "file-large";
  note.setAttribute("role", "alert");
  field.before(note);
  const large = () => [...field.files].some((file) => file.size > Number(field.dataset.most));
  field.addEventListener("change", () => {
    note.textContent = large() ? field.dataset.large : "";
  });
  field.form.addEventListener("submit", (event) => {
    if (!large()) return;
    event.preventDefault();
    field.focus();
  });
}
