/* What runs when the page is there. */
if (at("cards")) {
  const list = findings(), judge = decisions(list);
  list.begin();
  judge.show();
}
document.querySelectorAll("[data-copy]").forEach((one) => {
  one.hidden = !navigator.clipboard;
  one.addEventListener("click", async () => {
    await navigator.clipboard.writeText(one.dataset.copy);
    one.textContent = "Copied";
    setTimeout(() => (one.textContent = "Copy"), 2000);
  });
});
